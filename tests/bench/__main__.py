"""`python -m tests.bench`: what Stillwatch costs on this machine, as tables and as `build/bench.json`."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import click

from tests.bench import figures, whole, worker
from tests.bench.traffic import event_lines


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Measure, and compare with floors and peers in the same run; without a command, everything."""
    if context.invoked_subcommand is None:
        context.invoke(all_command)


@main.command("all")
@click.option("--scenario", default="provider-day", show_default=True, help="Traffic: a shipped scenario.")
@click.option("--scale", default=0.1, show_default=True, help="Of its accounts.")
@click.option("--runs", default=5, show_default=True, help="Runs, of which the median counts.")
@click.option("--quick", is_flag=True, help="One run on less traffic; fails when a ratio is above what it may be.")
def all_command(scenario: str = "provider-day", scale: float = 0.1, runs: int = 5, *, quick: bool = False) -> None:
    """Everything of `build/bench.json`, beside the peers: half an hour, or three minutes."""
    lines = event_lines(scenario, 0.01 if quick else scale)
    found = whole.measure(lines, 1 if quick else runs, quick=quick)
    whole.show(found, quick=quick)
    if quick and (failed := whole.check(found)):
        raise click.ClickException("; ".join(failed))


@main.command("worker")
@click.option("--scenario", default="provider-day", show_default=True, help="Traffic: a shipped scenario.")
@click.option("--scale", default=0.03, show_default=True, help="Of its accounts.")
@click.option("--runs", default=5, show_default=True, help="Runs, of which the median counts.")
@click.option("--profile", type=click.Path(path_type=Path), help="Profile one run into this file, for pstats.")
def worker_command(scenario: str, scale: float, runs: int, profile: Path | None) -> None:
    """CPU time of a worker per event, from fetch to ClickHouse insert."""
    lines = event_lines(scenario, scale)
    done = [worker.run(lines, profile) for _ in range(1 if profile else runs)]
    floors = [one.floor for one in done]
    rows = {"worker": [one.worker for one in done], "floor: confluent-kafka": floors}
    for name in sorted({name for one in done for name in one.threads}):
        rows[f"  thread {name}"] = [one.threads.get(name, 0.0) for one in done]
    rows["wall clock"] = [one.wall for one in done]
    figures.show(f"{len(lines):,} events of {scenario}", "CPU us/event", rows, median(floors))


if __name__ == "__main__":
    main()
