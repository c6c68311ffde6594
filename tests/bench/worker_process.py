"""The process that is measured: one production worker, from fetch to insert.

`python -m tests.bench.worker_process BOOTSTRAP CLICKHOUSE [PROFILE]` writes `ready` when it has its partitions, and
then answers each line of its standard input with a line of JSON, what it did so far. `commit` reaches a checkpoint
first, `flush` also waits for all outputs; with `flush` and `measure` the answer says what it took by thread as well.
PROFILE is a file for cProfile's statistics of the event loop's thread; it slows the worker down.
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

from streams.agents.worker import Worker
from streams.settings import Settings
from streams.stack.remote import remote_worker
from tests.bench.model_times import time_models
from tests.bench.threads import cpu_by_thread


async def main(bootstrap: str, clickhouse: str, profile: str | None) -> None:
    models = time_models()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(kafka=bootstrap, clickhouse=clickhouse, store_events=True, data_dir=Path(folder))
        async with remote_worker(settings) as worker:
            _say(b"ready")
            with _profiled(profile):
                while line := await asyncio.to_thread(sys.stdin.readline):
                    await _do(worker, line.strip())
                    _say(orjson.dumps(_so_far(worker, models, line.strip())))


async def _do(worker: Worker, what: str) -> None:
    if what in ("commit", "flush"):
        await worker.commit()
    if what == "flush":
        await worker.flush()


def _so_far(worker: Worker, models: dict[str, float], what: str) -> dict[str, object]:
    return {
        "cpu": time.process_time(),
        # To look takes a millisecond, and a worker that is waited for is asked ten times a second.
        "threads": cpu_by_thread() if what in ("flush", "measure") else {},
        "models": models,
        "handled": worker.progress.handled,
        "alerts": worker.progress.alerts,
    }


@contextmanager
def _profiled(path: str | None) -> Iterator[None]:
    """Profile the block where there is a path."""
    if path is None:
        yield
        return
    with cProfile.Profile() as profile:
        yield
    profile.dump_stats(path)


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None))
