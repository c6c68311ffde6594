"""`stillwatch evaluate`: holds a run against the truth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from streams.evaluate.baselines.comparison import Comparison, compare
from streams.evaluate.exchanges import times_from_events, times_from_store
from streams.evaluate.exposure import Times
from streams.evaluate.metrics import Metrics, as_json, measure
from streams.evaluate.records import EvaluationError, Run, TruthRow, read_run, read_truth
from streams.evaluate.report.comparison import HEADER, comparison_rows
from streams.evaluate.report.page import percent, report_page, shown
from streams.evaluate.targets import Target, targets_of
from streams.evaluate.traffic import MOST_ACCOUNTS, sample_of, traffic_of
from streams.store.errors import StoreError

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(name="evaluate")
@click.option("--run", "folder", type=_FOLDER, required=True, help="Folder that `stillwatch detect --out` wrote.")
@click.option(
    "--truth", type=_FILE, required=True, help="Truth about each account, NDJSON, from `stillwatch simulate`."
)
@click.option("--out", type=_FOLDER, help="Where metrics.json and report.html go; default: the folder of the run.")
@click.option("--events", type=_FILE, help="The events, to date exchanges where the run has no store.")
@click.option(
    "--baselines",
    "traffic",
    type=_FILE,
    metavar="EVENTS",
    help=f"Compare with other detectors on these events, on at most {MOST_ACCOUNTS:,} sampled accounts.",
)
def command(folder: Path, truth: Path, out: Path | None, events: Path | None, traffic: Path | None) -> None:
    """Measure how good the verdicts of a run were: recall, false positives, purity, completeness, exposure.

    Prints a table and writes metrics.json and report.html (one page, everything inside).

    \b
    Example:
      stillwatch detect events.ndjson.zst --out run
      stillwatch evaluate --run run --truth truth.ndjson
    """  # noqa: D301
    try:
        run, known = read_run(folder), read_truth(truth)
        times = _times(run, known, events)
        compared = compare(run, known, traffic_of(traffic, sample_of(known))) if traffic else None
    except EvaluationError as error:
        raise click.UsageError(str(error)) from error
    metrics = measure(run, known, times)
    targets = targets_of(metrics)
    out = out or folder
    out.mkdir(parents=True, exist_ok=True)
    (out / "metrics.json").write_bytes(as_json(metrics, compared))
    (out / "report.html").write_text(report_page(metrics, targets, run, known, times, compared), encoding="utf-8")
    _show(Console(), metrics, targets)
    if compared is not None:
        Console().print(comparison_table(compared))
    click.echo(f"{out / 'metrics.json'}\n{out / 'report.html'}")


def _times(run: Run, truth: Mapping[str, TruthRow], events: Path | None) -> dict[str, Times] | None:
    """Return when the campaigns' exchanges were; None, said aloud, where nothing tells."""
    if events is not None:
        return times_from_events(events, truth)
    if run.store is None:
        click.echo("the run has no store: exposure is estimated; give the events with --events", err=True)
        return None
    try:
        return times_from_store(run.store, truth)
    except StoreError as error:
        click.echo(f"the store cannot be read, so exposure is estimated: {error}", err=True)
        return None


def comparison_table(compared: Comparison) -> Table:
    """Return a table of Stillwatch beside the baselines."""
    table = Table(*HEADER, title=f"Comparison on {compared.accounts:,} accounts")
    for cells in comparison_rows(compared):
        table.add_row(*cells)
    return table


def _show(console: Console, metrics: Metrics, targets: list[Target]) -> None:
    goals = Table("what", "target", "measured", "", title="Targets")
    for one in targets:
        goals.add_row(one.what, one.aim, one.seen, "[green]met[/]" if one.met else "[red]missed[/]")
    campaigns = Table("campaign", "recall", "completeness", "exposure", title="True campaigns")
    for name, actual in metrics.actual.items():
        passed = metrics.exposures[name]
        share = f"{percent(passed.value)} ({passed.before:,})"
        campaigns.add_row(name, shown(metrics.recall_by_campaign[name]), percent(actual.completeness), share)
    personas = Table("persona", "false-positive rate", title="Benign personas")
    for name, rate in metrics.false_positive_rate_by_persona.items():
        personas.add_row(name, shown(rate))
    for table in (campaigns, personas, goals):
        console.print(table)
