"""One run of the pipeline under faults, from events on a topic to verdicts in ClickHouse."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from confluent_kafka import Consumer, KafkaException, TopicPartition

from streams import topics
from streams.bus.admin import create_topics, group_lag
from streams.settings import Settings
from streams.store.connect import connect
from tests.chaos import truth
from tests.chaos.broker import MortalKafka
from tests.chaos.door import Door
from tests.chaos.fleet import Fleet
from tests.serving import serving

POLL_SECONDS = 0.25


class Stuck(AssertionError):  # noqa: N818
    """The pipeline did not get through in time."""


@dataclass
class Run:
    """A broker, a store behind a door, and workers; events are put on the bus by the caller.

    Attributes:
        recovery_seconds: Longest time that a partition with events to do made no progress, outages left out.
    """

    folder: Path
    kafka: MortalKafka
    prefix: str = ""
    workers: int = 2
    partitions: int = 4
    static: bool = False
    recovery_seconds: float = 0.0
    memory_mb: int = 0
    _stack: ExitStack = field(default_factory=ExitStack)
    _progress: dict[int, tuple[int, float]] = field(default_factory=dict)

    def __enter__(self) -> Run:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.settings = Settings(
            kafka=self.kafka.bootstrap,
            partitions=self.partitions,
            topic_prefix=self.prefix,
            group_id=f"{self.prefix}stillwatch",
        )
        create_topics(self.kafka.bootstrap, self.partitions, layout=topics.layout(self.prefix))
        self.url = self._stack.enter_context(serving(self.folder / "store"))
        self.door = self._stack.enter_context(Door(urlsplit(self.url).port))
        variables = {
            "STILLWATCH_KAFKA": self.kafka.bootstrap,
            "STILLWATCH_CLICKHOUSE": f"http://127.0.0.1:{self.door.port}",
            "STILLWATCH_PARTITIONS": str(self.partitions),
            "STILLWATCH_TOPIC_PREFIX": self.prefix,
            "STILLWATCH_GROUP_ID": self.settings.group_id,
            "STILLWATCH_STORE_EVENTS": "true",
        }
        self.fleet = Fleet(self.workers, variables, self.folder / "logs", static=self.static)
        self._consumer = Consumer(
            {"bootstrap.servers": self.kafka.bootstrap, "group.id": self.settings.group_id, "log_level": 0}
        )
        self._stack.enter_context(self.fleet)
        return self

    def __exit__(self, *_: object) -> None:
        self.fleet.stop()
        self._consumer.close()
        self._stack.close()

    @property
    def events_topic(self) -> str:
        return self.prefix + topics.API_EVENTS

    def handled(self) -> int:
        """Return how many events are committed; note how long each partition has made no progress."""
        asked = [TopicPartition(self.events_topic, number) for number in range(self.partitions)]
        now, total = time.monotonic(), 0
        try:
            positions = self._consumer.committed(asked, timeout=5)
            ends = [self._consumer.get_watermark_offsets(one, timeout=5)[1] for one in asked]
        except KafkaException:
            return -1
        for position, end in zip(positions, ends, strict=True):
            at = max(position.offset, 0)
            total += at
            before, since = self._progress.get(position.partition, (-1, now))
            if at != before or at >= end:
                self._progress[position.partition] = (at, now)
                since = now
            self.recovery_seconds = max(self.recovery_seconds, now - since)
        self.memory_mb = max(self.memory_mb, self.fleet.memory_mb())
        return total

    def after_outage(self) -> None:
        """Count recovery from now on: nothing could have made progress before."""
        self._progress.clear()

    def until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait for a condition."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise Stuck(f"{what} not within {seconds:g} s\n{self.logs()}")
            time.sleep(POLL_SECONDS)

    def until_handled(self, events: int, seconds: float) -> None:
        """Wait until so many events are committed."""
        self.until(lambda: self.handled() >= events, seconds, f"{events} events committed")

    def until_through(self, seconds: float) -> None:
        """Wait until every topic is read to its end and what came of it is committed, each step within `seconds`."""
        names = (topics.API_EVENTS, topics.SIGHTINGS, topics.EVIDENCE, topics.DEAD_LETTERS)

        def behind() -> list[int]:
            self.handled()
            try:
                return [group_lag(self.kafka.bootstrap, self.settings.group_id, self.prefix + name) for name in names]
            except Exception:  # noqa: BLE001 - a broker that is away says so in several ways
                return [-1]

        lag = behind()
        while any(lag):
            before = lag
            self.until(lambda: behind() != before, seconds, f"progress, {dict(zip(names, before, strict=False))} left")  # noqa: B023
            lag = behind()
        assert not any(behind()), "what was committed led to something that is not"

    def counts(self) -> tuple[int, int]:
        """Return how many events are lost and doubled."""
        wanted = truth.expected(self.kafka.bootstrap, self.events_topic, self.settings)
        with connect(self.url) as client:
            return truth.lost_and_doubled(wanted, truth.found(client))

    def verdicts(self) -> truth.Verdicts:
        """Return what was concluded."""
        with connect(self.url) as client:
            return truth.verdicts(client)

    def logs(self) -> str:
        """Return the end of each worker's log."""
        files = sorted((self.folder / "logs").glob("*.log"))
        return "\n".join(f"== {file.name}\n{file.read_text(errors='replace')[-3000:]}" for file in files)


def stillwatch(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Stillwatch."""
    command = [sys.executable, "-c", "from streams.cli.main import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=variables or None)
