"""The newest entries of a filter, as segments of a ring: what of a filter outlives its worker.

A filter of half a million entries is too large to be written at every checkpoint, so only what is new is written: whole
segments once, the segment that is still open again with each checkpoint. The ring has so many segments that at least
`remembered` entries are in it; the oldest segment is overwritten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEGMENT = 4096  # entries; at most 24 bytes each, far below the megabyte that brokers accept


@dataclass(slots=True)
class Journal:
    """Segments of entries of one dtype.

    Args:
        dtype: Of an entry.
        remembered: Entries that the ring holds at least.

    >>> journal = Journal(np.dtype("u8"), remembered=8192)
    >>> [(slot, len(value)) for slot, value in journal.add(np.arange(5000, dtype="u8"))]
    [(0, 32776), (1, 7240)]
    """

    dtype: np.dtype[Any]
    remembered: int
    number: int = 0
    _open: NDArray[Any] = field(init=False)

    def __post_init__(self) -> None:
        self._open = np.zeros(0, dtype=self.dtype)

    @property
    def segments(self) -> int:
        """Segments of the ring: those that hold `remembered` entries, and the open one."""
        return -(-self.remembered // SEGMENT) + 1

    def add(self, entries: NDArray[Any]) -> Iterator[tuple[int, bytes]]:
        """Append entries; yield every segment that changed, as its place in the ring and its bytes."""
        if not len(entries):
            return
        self._open = np.concatenate([self._open, entries])
        while len(self._open) >= SEGMENT:
            yield self._segment(self._open[:SEGMENT])
            self._open = self._open[SEGMENT:].copy()
            self.number += 1
        if len(self._open):
            yield self._segment(self._open)

    def restore(self, segments: list[bytes]) -> NDArray[Any]:
        """Go on after `segments`, in any order; return their entries, oldest first."""
        numbered = sorted((int.from_bytes(one[:8], "little"), one[8:]) for one in segments)
        if not numbered:
            return self._open
        entries = [np.frombuffer(one, dtype=self.dtype) for _, one in numbered]
        last, rest = numbered[-1][0], entries[-1]
        self.number, self._open = (last, rest.copy()) if len(rest) < SEGMENT else (last + 1, self._open)
        return np.concatenate(entries)

    def _segment(self, entries: NDArray[Any]) -> tuple[int, bytes]:
        return self.number % self.segments, self.number.to_bytes(8, "little") + entries.tobytes()
