"""The process that is measured: one production worker, from fetch to insert, for a known number of events.

`python -m tests.bench.worker_process BOOTSTRAP CLICKHOUSE [PROFILE]` writes `ready` when it has its partitions, and
then answers each line of its standard input, a number of events sent so far, with a line of JSON once all of them and
what they led to are handled: what it took since the answer before. PROFILE is a file for cProfile's statistics
of the event loop's thread; it slows the worker down.
"""

from __future__ import annotations

import asyncio
import cProfile
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from streams import topics
from streams.agents.worker import Worker
from streams.bus.admin import topic_ends
from streams.settings import Settings
from streams.stack.remote import remote_worker
from tests.bench.threads import cpu_by_thread

POLL_SECONDS = 0.1


async def main(bootstrap: str, clickhouse: str, profile: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(kafka=bootstrap, clickhouse=clickhouse, store_events=True, data_dir=Path(folder))
        await _answer_lines(settings, profile)


async def _answer_lines(settings: Settings, profile: str | None) -> None:
    async with remote_worker(settings) as worker:
        _say(b"ready")
        while events := await asyncio.to_thread(sys.stdin.readline):
            with _profiled(profile):
                _say(orjson.dumps(await _measure(worker, settings.kafka, int(events))))


async def _measure(worker: Worker, bootstrap: str, events: int) -> dict[str, object]:
    threads, cpu, wall = cpu_by_thread(), time.process_time(), time.perf_counter()
    await _finish(worker, bootstrap, events)
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "threads": cpu_by_thread() - threads,
        "alerts": worker.progress.alerts,
    }


@contextmanager
def _profiled(path: str | None) -> Iterator[None]:
    """Profile the block where there is a path; of several blocks the last one's statistics stay."""
    if path is None:
        yield
        return
    with cProfile.Profile() as profile:
        yield
    profile.dump_stats(path)


async def _finish(worker: Worker, bootstrap: str, events: int) -> None:
    """Wait until the events, and then all that they led to, are handled."""
    handled = worker.progress.handled
    while handled[topics.API_EVENTS] < events:  # noqa: ASYNC110  # a counter of the worker's, not an event
        await asyncio.sleep(POLL_SECONDS)
    for topic in (topics.SIGHTINGS, topics.EVIDENCE):
        await worker.commit()
        ends = await asyncio.to_thread(topic_ends, bootstrap, topic)
        while handled[topic] < sum(high - low for low, high in ends.values()):
            await asyncio.sleep(POLL_SECONDS)
            await worker.commit()
    await worker.flush()


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None))
