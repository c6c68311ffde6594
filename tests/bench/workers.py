"""Workers in processes of their own, on one broker and one store, and what each of them takes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from streams import topics
from streams.bus.admin import create_topics, topic_ends
from streams.bus.broker import EmbeddedBroker, LocalBroker
from streams.bus.producer import RawProducer
from streams.sources.replay import replay
from tests.serving import serving

PARTITIONS = 4
# The first events warm workers up and are not counted; a process loads code for seconds, once.
WARM_UP = 5_000
POLL_SECONDS = 0.1


class Taken(msgspec.Struct):
    """What one worker did and took: CPU in seconds, in all, by thread and by model; records handled by topic."""

    cpu: float
    threads: dict[str, float]
    models: dict[str, float]
    handled: dict[str, int]
    alerts: int

    def since(self, before: Taken) -> Taken:
        """Return what was done and taken after `before`."""
        threads = {name: spent - before.threads.get(name, 0.0) for name, spent in self.threads.items()}
        models = {name: spent - before.models.get(name, 0.0) for name, spent in self.models.items()}
        handled = {topic: records - before.handled.get(topic, 0) for topic, records in self.handled.items()}
        return Taken(self.cpu - before.cpu, threads, models, handled, self.alerts - before.alerts)


@dataclass(slots=True)
class Workers:
    """Running workers; `bootstrap` and `store` are where they read and write."""

    bootstrap: str
    store: str
    _processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def warm_up(self, lines: Sequence[bytes]) -> None:
        """Send lines and wait until they, and all that they led to, are handled."""
        self.send(lines)
        self.finish(len(lines))

    def send(self, lines: Sequence[bytes]) -> None:
        """Send lines as fast as it goes."""
        with RawProducer(self.bootstrap) as producer:
            replay(lines, producer, topics.API_EVENTS)

    def finish(self, events: int) -> list[Taken]:
        """Wait until all `events` sent so far, and all that they led to, are handled; return what each took so far."""
        while self._handled("count", topics.API_EVENTS) < events:
            time.sleep(POLL_SECONDS)
        for topic in (topics.SIGHTINGS, topics.EVIDENCE):
            while self._handled("commit", topic) < sum(
                high - low for low, high in topic_ends(self.bootstrap, topic).values()
            ):
                time.sleep(POLL_SECONDS)
        return self.ask("flush")

    def ask(self, what: str = "measure") -> list[Taken]:
        """Let every worker do something (`tests.bench.worker_process`), and return what each took so far."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"{what}\n")
            process.stdin.flush()
        return [msgspec.json.decode(_line(process), type=Taken) for process in self._processes]

    def start(self, profile: Path | None = None) -> subprocess.Popen[str]:
        """Start one more worker; it is not waited for."""
        command = [sys.executable, "-m", "tests.bench.worker_process", self.bootstrap, self.store]
        command += [] if profile is None else [str(profile)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._processes.append(process)
        return process

    def wait_until_ready(self) -> None:
        """Wait until every worker has its partitions."""
        for process in self._processes:
            if _line(process) != "ready":
                raise RuntimeError("a worker did not start; its error is above")

    def _handled(self, what: str, topic: str) -> int:
        return sum(one.handled.get(topic, 0) for one in self.ask(what))


@contextmanager
def running_workers(
    count: int = 1, profile: Path | None = None, kind: Callable[[], LocalBroker] = EmbeddedBroker
) -> Iterator[Workers]:
    """Run workers that know nothing yet, on a broker (of some `kind`) and a store of their own."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        broker = stack.enter_context(kind())
        create_topics(broker.bootstrap, PARTITIONS)
        workers = Workers(broker.bootstrap, stack.enter_context(serving(Path(folder) / "store")))
        for _ in range(count):
            stack.enter_context(workers.start(profile))
        workers.wait_until_ready()
        yield workers
        for process in workers._processes:
            assert process.stdin is not None
            process.stdin.close()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
