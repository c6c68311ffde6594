"""Raw logs as events: each line sketched, so that no prompt text travels."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from models.decoding import Violation
from models.rawlog import RawLogs
from streams.bus.letter import Letter
from streams.sources.lines import Line

# Logs sketched at once: enough to amortise the calls, few enough that long ones do not fill the memory.
BATCH_LINES = 256
BATCH_BYTES = 4 << 20

T = TypeVar("T")
Refuse = Callable[[Letter], None]


def sketched_lines(lines: Iterable[Line], logs: RawLogs, refuse: Refuse) -> Iterator[bytes]:
    """Yield the events of raw logs, in order; hand a letter to `refuse` for each line that is none."""
    for batch in batches(lines, lambda line: len(line.raw)):
        events, refused = logs.to_events([line.raw for line in batch])
        for at, why in refused:
            refuse(_letter(batch[at], why))
        yield from events


def batches(items: Iterable[T], size_of: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield items in lists of `BATCH_LINES`, or fewer where they have `BATCH_BYTES` together.

    >>> [len(batch) for batch in batches([3_000_000, 2_000_000, 1], size_of=int)]
    [2, 1]
    """
    batch: list[T] = []
    size = 0
    for item in items:
        batch.append(item)
        size += size_of(item)
        if len(batch) == BATCH_LINES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _letter(line: Line, why: Violation) -> Letter:
    """Return what is kept of a refused line: where it stands and why, nothing of what it says."""
    return Letter.refusing(why, topic=str(line.file), partition=0, offset=line.number, ts=int(1000 * time.time()))
