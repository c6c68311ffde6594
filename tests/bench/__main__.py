"""`python -m tests.bench`: what Stillwatch costs on this machine, as tables and as `build/bench.json`."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import click

from streams.bus.apache_kafka import ApacheKafka
from streams.bus.broker import EmbeddedBroker
from tests.bench import latency, page, tables, views, whole, worker
from tests.bench.kept import keep, kept
from tests.bench.traffic import event_lines


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Measure, and compare with floors and peers in the same run; without a command, everything."""
    if context.invoked_subcommand is None:
        context.invoke(all_command)


@main.command("all")
@click.option("--quick", is_flag=True, help="One run on less traffic; fails when a ratio is above what it may be.")
def all_command(*, quick: bool = False) -> None:
    """Everything of `build/bench.json`, beside the peers: 30 minutes, or 90 seconds."""
    extent = whole.QUICK if quick else whole.WHOLE
    found, details = whole.figures_of(whole.measure(extent), extent)
    whole.write(found, details)
    tables.show_all(found, details)
    if quick and (failed := whole.check(found)):
        raise click.ClickException("; ".join(failed))


@main.command("keep")
def keep_command() -> None:
    """Keep the latest `build/bench.json` in the project, and write its figures into docs/scaling.md."""
    keep()
    page.write(kept())


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
    tables.show(f"{len(lines):,} events of {scenario}", "CPU us/event", rows, median(floors))


@main.command("latency")
@click.option("--load", default=whole.LOAD, show_default=True, help="Of what the worker takes of the same traffic.")
@click.option("--runs", default=5, show_default=True, help="Runs, of which the medians count.")
@click.option("--kafka", is_flag=True, help="On Apache Kafka (`make kafka`), in place of the embedded broker.")
def latency_command(load: float, runs: int, *, kafka: bool) -> None:
    """Seconds from the event that completes the evidence to the alert on its topic, under a steady load."""
    done = [latency.run(load, kind=ApacheKafka if kafka else EmbeddedBroker) for _ in range(runs)]
    rate = median(one.rate for one in done)
    quantiles = {f"p{100 * share:g}": [one.quantile(share) for one in done] for share in (0.5, 0.9, 0.99)}
    tables.show(f"{sum(len(one.seconds) for one in done)} alerts, {rate:,.0f} events a second", "seconds", quantiles)


@main.command("views")
@click.option("--events", default=100_000_000, show_default=True, help="How many the store is to have.")
@click.option("--store", type=click.Path(path_type=Path), default=Path("build/bench/views"), show_default=True)
@click.option("--runs", default=5, show_default=True, help="Runs, of which the median counts.")
@click.option("--only", default="", help="Regular expression for the names of the views.")
def views_command(events: int, store: Path, runs: int, only: str) -> None:
    """What every view costs on a store of that many events, which is filled first: 25 GB, half an hour."""
    views.show(views.measure(store, events, runs, only), events)


if __name__ == "__main__":
    main()
