"""`python -m tests.bench.scale`: what saturates first past one machine, simulated with the figures that are kept."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markdown import Markdown

from tests.bench.kept import kept
from tests.bench.scale.costs import Costs
from tests.bench.scale.page import simulated, sized


@click.command()
def main() -> None:
    """Print the sizing and the simulation as docs/scaling.md has them: seconds on one core."""
    costs = Costs.of(kept())
    Console().print(Markdown(sized(costs)), Markdown(simulated(costs)))


if __name__ == "__main__":
    main()
