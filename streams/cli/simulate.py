"""`stillwatch simulate`: builds labelled traffic from a scenario."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from streams.settings import SettingsError, load_settings
from streams.sources.simulate.grammar import GrammarError
from streams.sources.simulate.loading import ScenarioError, load_scenario, shipped_scenarios
from streams.sources.simulate.simulation import Simulation
from streams.sources.simulate.sketching import SIMULATION_KEY, raw, sketching
from streams.sources.simulate.writing import Written, write_simulation

_PATH = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


@click.command(name="simulate")
@click.argument("scenario", metavar="SCENARIO", required=False)
@click.option("--out", type=_PATH, help="Events, NDJSON; .gz or .zst compresses; - is standard output.")
@click.option("--truth", type=_PATH, help="Truth about each account, NDJSON.")
@click.option("--facts", type=_PATH, help="Account facts, NDJSON.")
@click.option(
    "--scale",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    help="Multiplies accounts, not rates.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of every draw.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False, exists=True), default=Path(),
              help="Folder of the corpora and arrival files that a scenario names.")  # fmt: skip
@click.option("--raw", "as_raw", is_flag=True, help="Write raw logs with messages instead of sketches.")
@click.option("--list", "listing", is_flag=True, help="List the scenarios that come with Stillwatch, and stop.")
def command(
    scenario: str | None, out: Path | None, truth: Path | None, facts: Path | None, scale: float, seed: int, data: Path,
    *, as_raw: bool, listing: bool,
) -> None:  # fmt: skip
    """Build labelled traffic from SCENARIO: the name of a shipped scenario, or a TOML file.

    The same seed gives the same file. Prompts are sketched with STILLWATCH_SKETCH_KEY, or, when it is not
    set, with a key that is public and fit for simulations only.

    \b
    Example:
      stillwatch simulate demo --out events.ndjson.zst --truth truth.ndjson --facts facts.ndjson
    """  # noqa: D301
    if listing:
        _list()
        return
    if scenario is None or out is None or truth is None:
        raise click.UsageError("SCENARIO, --out and --truth are needed (or --list)")
    console = Console(stderr=True)
    began = time.perf_counter()
    try:
        key = load_settings().sketch_key
        encode = raw if as_raw else sketching(key.reveal() if key else SIMULATION_KEY)
        simulation = Simulation(load_scenario(scenario), scale=scale, seed=seed, data=data)
        with _progress(console, simulation.expected_events) as advance:
            written = write_simulation(simulation, encode, events=out, truth=truth, facts=facts, progress=advance)
    except (ScenarioError, GrammarError, SettingsError) as error:
        raise click.UsageError(str(error)) from error
    _report(console, written, time.perf_counter() - began)


@contextmanager
def _progress(console: Console, expected: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal; nothing elsewhere, where the closing table is enough."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,} events"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("simulating", total=expected)
        yield lambda events: bar.advance(task, events)


def _report(console: Console, written: Written, seconds: float) -> None:
    table = Table(title="Simulated")
    for column in ("events", "accounts", "facts", "seconds", "events/s"):
        table.add_column(column, justify="right")
    table.add_row(
        f"{written.events:,}",
        f"{written.accounts:,}",
        f"{written.facts:,}",
        f"{seconds:.1f}",
        f"{written.events / seconds:,.0f}",
    )
    console.print(table)


def _list() -> None:
    table = Table("scenario", "days", "what happens", title="Scenarios")
    for name in shipped_scenarios():
        scenario = load_scenario(name)
        table.add_row(name, f"{scenario.days:g}", scenario.about)
    Console().print(table)
