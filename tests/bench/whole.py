"""Everything that `make bench` measures, in one run, side by side with the floor and the peers.

`build/bench.json` holds exactly the keys of `Figures`. What is not measured here is null: the latency of an alert, and
two workers, which need cores of their own.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from statistics import median
from typing import Any

import msgspec
import orjson
from rich.console import Console
from rich.table import Table

from streams import topics
from streams.bus.admin import create_topics
from streams.bus.broker import EmbeddedBroker
from streams.bus.producer import RawProducer
from streams.sources.replay import replay
from tests.bench import figures, worker
from tests.bench.peers.run import run_peers
from tests.bench.plot import plot_costs
from tests.bench.sketching import sketches_per_second

MANY = 1_000_000


class Figures(msgspec.Struct, kw_only=True):
    """`build/bench.json`. CPU is microseconds per event, of all threads of a process; medians of the runs."""

    worker_cpu_us_per_event: float
    two_worker_speedup: float | None = None
    latency_p99_s: float | None = None
    state_bytes_p50: float
    changelog_bytes_p50: float
    rss_bytes_at_1m_accounts: int
    sketches_per_s: float
    cpu_us_per_event_10k_accounts: float
    cpu_us_per_event_1m_accounts: float
    floor_us_per_event: float
    peers: dict[str, float]


def measure(lines: Sequence[bytes], runs: int, *, quick: bool) -> Figures:
    """Measure with `lines` of traffic; a quick run has fewer accounts where there should be a million."""
    done = [worker.run(lines) for _ in range(runs)]
    peers = [_peers(lines) for _ in range(runs)]
    few = [_accounts(10_000, 400_000) for _ in range(runs)]
    many = [
        _accounts(MANY // 10 if quick else MANY, MANY // 5 if quick else 2 * MANY) for _ in range(1 if quick else 3)
    ]
    return Figures(
        worker_cpu_us_per_event=median(one.worker for one in done),
        state_bytes_p50=few[0]["state_bytes"],
        changelog_bytes_p50=few[0]["changelog_bytes"],
        rss_bytes_at_1m_accounts=max(one["rss_bytes"] for one in many),
        sketches_per_s=sketches_per_second(runs),
        cpu_us_per_event_10k_accounts=median(one["cpu_us_per_event"] for one in few),
        cpu_us_per_event_1m_accounts=median(one["cpu_us_per_event"] for one in many),
        floor_us_per_event=median(one.floor for one in done),
        peers={name: median(one[name] for one in peers if name in one) for name in sorted(set().union(*peers))},
    )


def show(found: Figures, *, quick: bool) -> None:
    """Write `build/bench.json` and the plot, and print the table."""
    many = MANY // 10 if quick else MANY
    figures.FILE.parent.mkdir(exist_ok=True)
    figures.FILE.write_bytes(orjson.dumps(msgspec.to_builtins(found), option=orjson.OPT_INDENT_2))
    costs = {
        "confluent-kafka, nothing done": found.floor_us_per_event,
        **{f"{name}, counting": cost for name, cost in found.peers.items()},
        "Stillwatch, the whole detection": found.worker_cpu_us_per_event,
        "its account models, 10,000 accounts": found.cpu_us_per_event_10k_accounts,
        f"its account models, {many:,} accounts": found.cpu_us_per_event_1m_accounts,
    }
    figures.FILE.with_suffix(".svg").write_text(plot_costs(costs))
    table = Table("", "CPU us/event", "to floor", title="Cost of an event")
    for name, cost in costs.items():
        table.add_row(name, f"{cost:.2f}", f"{cost / found.floor_us_per_event:.1f}")
    Console().print(table)
    Console().print(orjson.dumps(msgspec.to_builtins(found), option=orjson.OPT_INDENT_2).decode())


def check(found: Figures) -> list[str]:
    """Return what fell below its floor; ratios within one run, because machines differ."""
    floors = {
        "worker to stock Faust": (found.worker_cpu_us_per_event / found.peers.get("faust", 1e9), 1.0),
        "models of 10,000 accounts to the floor": (
            found.cpu_us_per_event_10k_accounts / found.floor_us_per_event,
            10.0,
        ),
    }
    return [f"{name}: {ratio:.2f}, at most {most:g}" for name, (ratio, most) in floors.items() if ratio > most]


def _peers(lines: Sequence[bytes]) -> dict[str, float]:
    with EmbeddedBroker() as broker:
        create_topics(broker.bootstrap, worker.PARTITIONS)
        with RawProducer(broker.bootstrap) as producer:
            replay(lines, producer, topics.API_EVENTS)
        return run_peers(broker.bootstrap, topics.API_EVENTS, len(lines))


def _accounts(accounts: int, events: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.account_process", str(accounts), str(events)]
    done = subprocess.run(command, check=True, capture_output=True)
    found: dict[str, Any] = orjson.loads(done.stdout)
    return found
