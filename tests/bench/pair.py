"""What a second worker adds."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.worker import Run
from tests.bench.workers import WARM_UP, running_workers

# Two workers, a broker and a store want a core each.
FREE_CORES = 4


@dataclass(frozen=True, slots=True)
class Pair:
    """One worker beside two, as factors.

    Attributes:
        by_clock: Elapsed time of one over that of two.
        by_cpu: CPU time of one over that of the busier of two: what the clock would say if every process had a core,
            and nobody waited for another.
    """

    by_clock: float
    by_cpu: float

    @property
    def speedup(self) -> float:
        """By the clock where the machine has cores for all processes; with fewer the clock measures the machine."""
        return self.by_clock if (os.cpu_count() or 1) >= FREE_CORES else self.by_cpu


def run(lines: Sequence[bytes], one: Run) -> Pair:
    """Send the `lines` that took one worker a run through two."""
    with running_workers(2) as workers:
        workers.warm_up(lines[:WARM_UP])
        before, began = workers.ask(), time.perf_counter()
        workers.send(lines[WARM_UP:])
        after, clock = workers.finish(len(lines)), time.perf_counter() - began
    busier = max(late.since(early).cpu for late, early in zip(after, before, strict=True))
    scale = 1e-6 * (len(lines) - WARM_UP)
    return Pair(scale * one.wall / clock, scale * one.worker / busier)
