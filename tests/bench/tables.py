"""Figures of a benchmark on the terminal: medians with their spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.bench.figures import Details, Figures


def show(title: str, unit: str, runs: Mapping[str, Sequence[float]], floor: float | None = None) -> None:
    """Print the median, least and most of each row's runs, and the median's ratio to `floor`."""
    table = Table(title=title)
    for heading, side in (("", "left"), (f"{unit}, median", "right"), ("least", "right"), ("most", "right")):
        table.add_column(heading, justify=side)  # type: ignore[arg-type]
    if floor is not None:
        table.add_column("to floor", justify="right")
    for name, values in runs.items():
        middle = median(values)
        ratio = [f"{middle / floor:.1f}"] if floor is not None else []
        table.add_row(name, f"{middle:.2f}", f"{min(values):.2f}", f"{max(values):.2f}", *ratio)
    Console().print(table)


def show_all(found: Figures, details: Details) -> None:
    """Print everything that `make bench` found."""
    floor = found.floor_us_per_event
    show(f"{details.events:,} events of {details.scenario}", "CPU us/event", details.spread, floor)
    goals = Table("what", "measured", "aim", title="Aims")
    for row in aims(found):
        goals.add_row(*row)
    growth = Table("with", "CPU us/event", "accounts", "links", "campaigns", "longest 1,000 events, ms", title="Growth")
    for name, one in details.growth.items():
        costs = (one.cpu_us_per_event, one.accounts, one.links, one.campaigns)
        growth.add_row(name, *(f"{cost:.1f}" for cost in costs), f"{one.longest_ms:.0f}")
    Console().print(goals, growth)


def aims(found: Figures) -> list[tuple[str, str, str]]:
    """Return what is aimed at: name, what was measured, and the aim, met or missed."""
    flat = found.cpu_us_per_event_1m_accounts / found.cpu_us_per_event_10k_accounts
    rows: list[tuple[str, str, float, bool, str]] = [
        ("worker, CPU us/event", "{:.1f}", found.worker_cpu_us_per_event, found.worker_cpu_us_per_event <= 10, "10"),
        *(
            (
                f"worker to {name} counting",
                "{:.2f}",
                found.worker_cpu_us_per_event / cost,
                found.worker_cpu_us_per_event <= cost,
                "1",
            )
            for name, cost in found.peers.items()
        ),
        ("two workers to one", "{:.2f}", found.two_worker_speedup, found.two_worker_speedup >= 1.8, "1.8 or more"),
        ("alert, p99 seconds at 80 % load", "{:.3f}", found.latency_p99_s, found.latency_p99_s <= 0.25, "0.25"),
        ("account in memory, bytes", "{:,.0f}", found.state_bytes_p50, found.state_bytes_p50 <= 2048, "2,048"),
        ("account on Kafka, bytes", "{:,.0f}", found.changelog_bytes_p50, found.changelog_bytes_p50 <= 1024, "1,024"),
        (
            "1,000,000 accounts, GB",
            "{:.2f}",
            found.rss_bytes_at_1m_accounts / 1e9,
            found.rss_bytes_at_1m_accounts < 4 * 2**30,
            "4.29",
        ),
        ("sketches a second", "{:,.0f}", found.sketches_per_s, found.sketches_per_s >= 50_000, "50,000 or more"),
        ("1,000,000 accounts to 10,000", "{:.2f}", flat, flat <= 1.25, "1.25"),
    ]
    return [(name, form.format(value), f"{aim}, {'met' if met else 'missed'}") for name, form, value, met, aim in rows]
