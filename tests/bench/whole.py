"""Everything that `make bench` measures, in one run, side by side with the floor and the peers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any, NamedTuple

import msgspec
import numpy as np
import orjson

from streams import topics
from streams.bus.admin import create_topics
from streams.bus.broker import EmbeddedBroker
from streams.bus.producer import RawProducer
from streams.sources.replay import replay
from tests.bench import figures, latency, pair, worker
from tests.bench.figures import Details, Figures, Grown
from tests.bench.latency import Alerts
from tests.bench.pair import Pair
from tests.bench.peers.run import run_peers
from tests.bench.plot import plot_costs
from tests.bench.pools import Pools
from tests.bench.sketching import sketches_per_second
from tests.bench.traffic import event_lines
from tests.bench.workers import PARTITIONS

# The share of a worker's throughput, on the same traffic, at which latency is measured.
LOAD = 0.8
# Enough for what does not grow: stock Faust takes 16 seconds for 160,000.
PEERS_EVENTS = 60_000


class Extent(NamedTuple):
    """How much is measured.

    Attributes:
        scenario, scale, most: Of the traffic of one worker: so many events from the beginning of a day.
        small: The scale of what two workers and the peers are given.
        runs: Of which medians are taken.
        accounts: Where there should be a million.
        growth: What `tests.bench.growth_process` is run with.
        alerts: Traffic whose alerts are timed.
    """

    scenario: str
    scale: float
    most: int
    small: float
    runs: int
    accounts: int
    growth: tuple[tuple[str, int], ...]
    alerts: Pools


GROWTH = (
    ("campaigns", 1), ("campaigns", 100), ("campaigns", 10_000), ("hot-account", 0), ("hot-account", 50),
    ("hot-template", 10_000), ("hot-template", 1_000_000),
)  # fmt: skip
WHOLE = Extent("provider-day", 1.1, 2_000_000, 0.03, 5, 1_000_000, GROWTH, latency.TRAFFIC)
# Ratios within a run hardly depend on how much is measured.
QUICK = Extent("demo", 0.3, 1_000_000, 0.3, 1, 50_000, (), Pools(8, 2_000, 30_000, members=32, requests=32, hours=24))


@dataclass(frozen=True, slots=True)
class Measured:
    """All runs of everything.

    Attributes:
        load: Of the machine before the first run.
        events: What the worker was given.
        done, few_events, pairs, peers, timed: A run each; `few_events` on the traffic of `pairs`.
        few, many: What `tests.bench.account_process` said.
        growth: What `tests.bench.growth_process` said, by what has grown.
        sketches: A second.
    """

    load: float
    events: int
    done: list[worker.Run]
    few_events: list[worker.Run]
    pairs: list[Pair]
    peers: list[dict[str, float]]
    timed: list[Alerts]
    few: dict[str, Any]
    many: dict[str, Any]
    growth: dict[str, Grown]
    sketches: float

    def spread(self, accounts: int) -> dict[str, list[float]]:
        """Return the costs of an event, the runs in order."""
        counting = {f"{name}, counting" for one in self.peers for name in one}
        return {
            "confluent-kafka, nothing done": [one.floor for one in self.done],
            **{name: [one[name[:-10]] for one in self.peers if name[:-10] in one] for name in sorted(counting)},
            "Stillwatch, the whole detection": [one.worker for one in self.done],
            "its account models, 10,000 accounts": self.few["cpu_us_per_event"],
            f"its account models, {accounts:,} accounts": self.many["cpu_us_per_event"],
        }


def measure(extent: Extent) -> Measured:
    """Measure everything: 30 minutes on two free cores, or 90 seconds for `QUICK`."""
    load, lines = os.getloadavg()[0], event_lines(extent.scenario, extent.scale, extent.most)
    events, done = len(lines), [worker.run(lines) for _ in range(extent.runs)]
    few_events = done
    if extent.small != extent.scale:
        lines = event_lines(extent.scenario, extent.small)
        few_events = [worker.run(lines) for _ in done]
    return Measured(
        load=load,
        events=events,
        done=done,
        few_events=few_events,
        pairs=[pair.run(lines, one) for one in few_events],
        peers=[run_all_peers(lines[:PEERS_EVENTS]) for _ in done],
        timed=[latency.run(LOAD, extent.alerts) for _ in done],
        few=process("account_process", 10_000, 400_000 if extent.runs > 1 else 100_000),
        many=process("account_process", extent.accounts, 4 * extent.accounts),
        growth={
            f"{many:,} {what}": msgspec.convert(process("growth_process", what, many), Grown)
            for what, many in extent.growth
        },
        sketches=sketches_per_second(extent.runs),
    )


def figures_of(runs: Measured, extent: Extent) -> tuple[Figures, Details]:
    """Return what the runs come to."""
    spread = runs.spread(extent.accounts)
    floor, *counting, whole, few, many = (median(values) for values in spread.values())
    names = [name.removesuffix(", counting") for name in list(spread)[1:-3]]
    found = Figures(
        worker_cpu_us_per_event=whole,
        two_worker_speedup=median(one.speedup for one in runs.pairs),
        latency_p99_s=median(one.quantile(0.99) for one in runs.timed),
        state_bytes_p50=runs.few["state_bytes"],
        changelog_bytes_p50=runs.few["changelog_bytes"],
        rss_bytes_at_1m_accounts=runs.many["rss_bytes"],
        sketches_per_s=runs.sketches,
        cpu_us_per_event_10k_accounts=few,
        cpu_us_per_event_1m_accounts=many,
        floor_us_per_event=floor,
        peers=dict(zip(names, counting, strict=True)),
    )
    return found, _details(runs, extent, spread)


def _details(runs: Measured, extent: Extent, spread: dict[str, list[float]]) -> Details:
    waits = np.concatenate([one.seconds for one in runs.timed])
    threads = {name for one in runs.done for name in one.threads}
    return Details(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        cores=os.cpu_count() or 1,
        load=(round(runs.load, 1), round(os.getloadavg()[0], 1)),
        scenario=f"{extent.scenario}:{extent.scale:g}",
        small=f"{extent.scenario}:{extent.small:g}",
        events=runs.events,
        runs=len(runs.done),
        spread=spread,
        threads={name: median(one.threads.get(name, 0.0) for one in runs.done) for name in sorted(threads)},
        split={name: median(one.models[name] for one in runs.done) for name in runs.done[0].models},
        events_per_second=1e6 / median(one.wall for one in runs.few_events),
        two_workers_by_clock=median(one.by_clock for one in runs.pairs),
        two_workers_by_cpu=median(one.by_cpu for one in runs.pairs),
        latency_rate=median(one.rate for one in runs.timed),
        alerts=len(waits),
        latency_s={f"p{100 * share:g}": float(np.quantile(waits, share)) for share in (0.5, 0.9, 0.99, 1.0)},
        growth=runs.growth,
    )


def write(found: Figures, details: Details) -> None:
    """Write `build/bench.json`, what it rests on, and the plot."""
    figures.FILE.parent.mkdir(exist_ok=True)
    for path, what in ((figures.FILE, found), (figures.DETAILS, details)):
        path.write_bytes(orjson.dumps(msgspec.to_builtins(what), option=orjson.OPT_INDENT_2) + b"\n")
    figures.PLOT.write_text(plot_costs({name: median(runs) for name, runs in details.spread.items()}))


def check(found: Figures) -> list[str]:
    """Return what fell below its floor; ratios within one run, because machines differ."""
    worker, floor = found.worker_cpu_us_per_event, found.floor_us_per_event
    most = {
        "worker to stock Faust counting": (worker / found.peers.get("faust", worker), 1.0),
        "models of 10,000 accounts to the loop that does nothing": (found.cpu_us_per_event_10k_accounts / floor, 6.0),
        "models of many accounts to those of 10,000": (
            found.cpu_us_per_event_1m_accounts / found.cpu_us_per_event_10k_accounts,
            4.0,
        ),
        "account in memory to 2 KiB": (found.state_bytes_p50 / 2048, 1.0),
        "account on Kafka to 1 KiB": (found.changelog_bytes_p50 / 1024, 1.0),
        "one worker to two": (1 / found.two_worker_speedup, 1.0),
    }
    return [f"{name}: {ratio:.2f}, at most {least:g}" for name, (ratio, least) in most.items() if ratio > least]


def run_all_peers(lines: Sequence[bytes]) -> dict[str, float]:
    """Return the cost of an event in each peer that is installed."""
    with EmbeddedBroker() as broker:
        create_topics(broker.bootstrap, PARTITIONS)
        with RawProducer(broker.bootstrap) as producer:
            replay(lines, producer, topics.API_EVENTS)
        return run_peers(broker.bootstrap, topics.API_EVENTS, len(lines))


def process(module: str, *arguments: object) -> dict[str, Any]:
    """Return what a program of this package says."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)]
    found: dict[str, Any] = orjson.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found
