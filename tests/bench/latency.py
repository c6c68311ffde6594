"""How long an alert takes: from the event that completes the evidence to the alert on its topic, under a steady load.

A first part of the traffic goes through as fast as it can, so that what follows measures no loading of code; a second
part tells how much the worker can take of this very traffic, and the rest is due at a constant rate, a share of that.
Time is counted from when an event was due, so that a worker that falls behind is charged for the wait. The event that
completes the evidence on a pool is its last one before the time that the alert says it was raised at; what is known by
then may be a little less, so figures are at most by that too small.
"""

from __future__ import annotations

import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from streams import topics
from streams.bus.broker import EmbeddedBroker, LocalBroker
from tests.bench.pools import Pools
from tests.bench.workers import Workers, running_workers

TRAFFIC = Pools(pools=60, others=12_000, events=240_000, members=32, requests=32, hours=48)
# Where the second and the last part of the traffic begin.
TIMED, STEADY = 0.25, 0.4
# After the last event, for alerts on their way.
LAST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Alerts:
    """What a run brought.

    Attributes:
        rate: Events a second.
        seconds: Of each alert, ascending.
    """

    rate: float
    seconds: list[float]

    def quantile(self, share: float) -> float:
        """Return the time within which `share` of the alerts came."""
        return float(np.quantile(self.seconds, share))


def run(load: float, traffic: Pools = TRAFFIC, kind: Callable[[], LocalBroker] = EmbeddedBroker) -> Alerts:
    """Send `traffic` through one worker, its last part at a `load` of what the worker can take; one pool is found."""
    lines = traffic.lines()
    timed, steady = int(TIMED * len(lines)), int(STEADY * len(lines))
    with TemporaryDirectory() as folder, running_workers(kind=kind) as workers:
        path = Path(folder) / "events.ndjson"
        path.write_bytes(b"\n".join(lines[steady:]))
        workers.warm_up(lines[:timed])
        began = time.monotonic()
        workers.send(lines[timed:steady])
        workers.finish(steady)
        rate = load * (steady - timed) / (time.monotonic() - began)
        began, alerts = _listen_while_sending(workers, rate, path)
    return Alerts(rate, sorted(_Schedule(lines, traffic, steady).waits(alerts, began, rate)))


def _listen_while_sending(workers: Workers, rate: float, path: Path) -> tuple[float, list[tuple[float, bytes]]]:
    """Return when the first event was due, and every alert with the time at which it came."""
    command = [sys.executable, "-m", "tests.bench.steady_process", workers.bootstrap, str(rate), str(path)]
    options = {"bootstrap.servers": workers.bootstrap, "group.id": "latency", "fetch.wait.max.ms": 10}
    consumer, heard, until = Consumer(options), [], 0.0
    consumer.assign([TopicPartition(topics.ALERTS, 0, OFFSET_BEGINNING)])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sender:
        while not until or time.monotonic() < until:
            message = consumer.poll(0.05)
            if message is not None and message.error() is None:
                heard.append((time.time(), message.value()))
            if not until and sender.poll() is not None:
                until = time.monotonic() + LAST_SECONDS
        assert sender.stdout is not None
        began = float(sender.stdout.read())
    consumer.close()
    return began, heard


@dataclass(slots=True)
class _Schedule:
    """When the events of each pool were due, from number `steady` on."""

    lines: Sequence[bytes]
    traffic: Pools
    steady: int
    _times: dict[int, list[int]] = field(default_factory=dict)
    _places: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place, line in enumerate(self.lines):
            event = orjson.loads(line)
            pool = self.traffic.pool_of(event["account_id"])
            if pool is not None:
                self._times.setdefault(pool, []).append(event["ts"])
                self._places.setdefault(pool, []).append(place)

    def waits(self, alerts: Sequence[tuple[float, bytes]], began: float, rate: float) -> Iterator[float]:
        """Yield how long after its last event each pool's alert came, in seconds; not of those before `steady`."""
        by_link = {f"template:{self.traffic.template(pool):016x}": pool for pool in range(self.traffic.pools)}
        for came, value in alerts:
            alert = orjson.loads(value)
            for pool in {by_link[link] for link in alert["evidence"]["links"] if link in by_link}:
                last = bisect_right(self._times[pool], alert["ts"]) - 1
                place = self._places[pool][last] - self.steady
                if place >= 0:
                    yield came - (began + place / rate)
