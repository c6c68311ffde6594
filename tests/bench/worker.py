"""CPU time of one worker per event: broker, store, feeder and worker each in a process of its own.

What is counted is the worker's process, all threads: fetch, the three agents, and the insert up to the socket. The
first events warm the worker up and are not counted; a process loads code for seconds, once. The floor is a
confluent-kafka loop over the same records in the same run.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from streams import topics
from streams.bus.admin import create_topics
from streams.bus.broker import EmbeddedBroker
from streams.bus.producer import RawProducer
from streams.sources.replay import replay
from tests.bench.store_process import serving_store

PARTITIONS = 4
WARM_UP = 5_000


@dataclass(frozen=True, slots=True)
class Run:
    """One run, in microseconds of CPU time per event; `wall` of elapsed time.

    Attributes:
        threads: The worker's CPU by the name of the thread.
    """

    worker: float
    floor: float
    wall: float
    threads: dict[str, float]
    alerts: int


def run(lines: Sequence[bytes], profile: Path | None = None) -> Run:
    """Send `lines` through a worker that knows nothing yet; `profile` is a file for cProfile's statistics."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedBroker() as broker:
        create_topics(broker.bootstrap, PARTITIONS)
        with serving_store(Path(folder) / "store") as url:
            took = _work(broker.bootstrap, url, lines, profile)
        floor = _floor(broker.bootstrap, len(lines))
    scale = 1e6 / (len(lines) - WARM_UP)
    threads = {name: scale * seconds for name, seconds in took["threads"].items()}
    return Run(scale * took["cpu"], 1e6 * floor / len(lines), scale * took["wall"], threads, took["alerts"])


def _work(bootstrap: str, url: str, lines: Sequence[bytes], profile: Path | None) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.worker_process", bootstrap, url, *([str(profile)] if profile else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if _answer(process) != "ready":
            raise RuntimeError("the worker did not start; its error is above")
        answer = ""
        for share, sent in ((lines[:WARM_UP], WARM_UP), (lines[WARM_UP:], len(lines))):
            assert process.stdin is not None
            process.stdin.write(f"{sent}\n")
            process.stdin.flush()
            with RawProducer(bootstrap) as producer:
                replay(share, producer, topics.API_EVENTS)
            answer = _answer(process)
        process.stdin.close()
        took: dict[str, Any] = orjson.loads(answer)
        return took


def _answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _floor(bootstrap: str, events: int) -> float:
    command = [sys.executable, "-m", "tests.bench.floor_process", bootstrap, topics.API_EVENTS, str(events)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
