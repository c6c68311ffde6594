"""CPU time of one worker per event: broker, store, feeder and worker each in a process of its own.

What is counted is the worker's process, all threads: fetch, the three agents, and the insert up to the socket. The
floor is a confluent-kafka loop over the same records in the same run.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from streams import topics
from tests.bench.workers import WARM_UP, running_workers


@dataclass(frozen=True, slots=True)
class Run:
    """One run, in microseconds of CPU time per event; `wall` of elapsed time.

    Attributes:
        threads, models: The worker's CPU by the name of the thread; that of its models, in its event loop's thread.
    """

    worker: float
    floor: float
    wall: float
    threads: dict[str, float]
    models: dict[str, float]
    alerts: int


def run(lines: Sequence[bytes], profile: Path | None = None) -> Run:
    """Send `lines` through a worker that knows nothing yet; `profile` is a file for cProfile's statistics."""
    with running_workers(profile=profile) as workers:
        workers.warm_up(lines[:WARM_UP])
        [before], began = workers.ask(), time.perf_counter()
        workers.send(lines[WARM_UP:])
        took, wall = workers.finish(len(lines))[0].since(before), time.perf_counter() - began
        floor = _floor(workers.bootstrap, len(lines))
    scale = 1e6 / (len(lines) - WARM_UP)
    threads = {name: scale * seconds for name, seconds in took.threads.items()}
    models = {name: scale * seconds for name, seconds in took.models.items()}
    return Run(scale * took.cpu, 1e6 * floor / len(lines), scale * wall, threads, models, took.alerts)


def _floor(bootstrap: str, events: int) -> float:
    command = [sys.executable, "-m", "tests.bench.floor_process", bootstrap, topics.API_EVENTS, str(events)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
