"""`python -m tests.bench`: what Stillwatch costs on this machine, as tables and as `build/bench.json`."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import click

from tests.bench import figures, worker
from tests.bench.traffic import event_lines


@click.group()
def main() -> None:
    """Measure, and compare with floors and peers in the same run."""


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
    if not profile:
        figures.keep(
            {
                "worker_cpu_us_per_event": median(rows["worker"]),
                "floor_us_per_event": median(floors),
                "worker_to_floor": median(one.worker / one.floor for one in done),
            }
        )


if __name__ == "__main__":
    main()
