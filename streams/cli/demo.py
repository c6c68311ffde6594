"""`stillwatch demo`: the whole pipeline on a short built-in scenario."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from streams.cli.detect import run_job
from streams.cli.failures import failures_explained
from streams.cli.steps import steps
from streams.cli.stoppable import stoppable
from streams.settings import load_settings
from streams.sources.simulate.loading import load_scenario
from streams.sources.simulate.simulation import Simulation
from streams.sources.simulate.sketching import SIMULATION_KEY, sketching
from streams.sources.simulate.writing import write_simulation
from streams.stack.detect import Job

SCENARIO = "demo"


@click.command(name="demo")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory for events and results; a new one under the temporary directory by default.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the traffic.")
def command(out: Path | None, seed: int) -> None:
    """Simulate two days of an API's traffic with a campaign in it, and find the campaign.

    Starts a broker, the ClickHouse engine and a worker on this machine, and stops them at the end.

    \b
    Example:
      stillwatch demo
      stillwatch demo --out build/demo --seed 7
    """  # noqa: D301
    with stoppable(), _folder(out) as folder:
        settings = load_settings()
        events, truth, facts = (folder / f"{name}.ndjson" for name in ("events", "truth", "facts"))
        job = Job(files=[events], out=folder, facts=facts)
        with failures_explained():
            job.check_out()
        _simulate(events, truth, facts, seed)
        run_job(job, settings)
        Console().print(f"The truth about each account is in {truth}.", highlight=False, soft_wrap=True)


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """Give the folder for everything; one that is made here does not outlive a failure."""
    if out is not None:
        yield out
        return
    made = Path(tempfile.mkdtemp(prefix="stillwatch-demo-"))
    try:
        yield made
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _simulate(events: Path, truth: Path, facts: Path, seed: int) -> None:
    simulation = Simulation(load_scenario(SCENARIO), scale=1.0, seed=seed)
    with steps(Console(stderr=True), {"simulate": "Simulating traffic"}) as report:
        written = 0

        def advance(more: int) -> None:
            nonlocal written
            written += more
            report("simulate", min(written / simulation.expected_events, 1.0))

        write_simulation(
            simulation, sketching(SIMULATION_KEY), events=events, truth=truth, facts=facts, progress=advance
        )
        report("simulate", 1.0)
