"""Where a consumer may commit: behind the longest prefix of delivered chunks that are finished."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, TypeVar

P = TypeVar("P", bound=Hashable)


class Positions(Generic[P]):
    """The chunks that were delivered and are not committed, per partition `P`, each known by its last offset.

    A partition is delivered in order, so a chunk that starts at or before the end of one that waits is a second
    delivery, after a seek or a rebalance: it must be finished, and what it covers of the earlier delivery is forgotten.
    So a position never passes a chunk that is still to be processed, and never waits for one that was delivered just
    before a seek and that nobody will finish: Faust skips those.

    >>> positions = Positions[str]()
    >>> for first, last in ((0, 9), (10, 19), (20, 29)):
    ...     positions.delivered("p0", first, last)
    >>> positions.finished("p0", 19), positions.advance("p0")
    (True, None)
    >>> positions.finished("p0", 9), positions.advance("p0")
    (True, 20)
    """

    def __init__(self) -> None:
        self._pending: dict[P, deque[int]] = {}
        self._finished: dict[P, set[int]] = {}

    def __iter__(self) -> Iterator[P]:
        """The partitions that have chunks to commit or to wait for."""
        return iter(tuple(self._pending))

    def delivered(self, partition: P, first_offset: int, last_offset: int) -> None:
        """Note that the chunk of these offsets, both included, goes to an agent."""
        pending = self._pending.setdefault(partition, deque())
        finished = self._finished.setdefault(partition, set())
        while pending and pending[-1] >= first_offset:
            finished.discard(pending.pop())
        pending.append(last_offset)

    def finished(self, partition: P, last_offset: int) -> bool:
        """Note that an agent has finished a chunk; False when it is not among those delivered."""
        if last_offset not in self._pending.get(partition, ()):
            return False
        self._finished[partition].add(last_offset)
        return True

    def advance(self, partition: P) -> int | None:
        """Return the offset to commit, behind the finished prefix, and forget that prefix; None when it is empty."""
        pending, finished = self._pending.get(partition, deque()), self._finished.get(partition, set())
        position = None
        while pending and pending[0] in finished:
            last = pending.popleft()
            finished.discard(last)
            position = last + 1
        return position

    def forget(self, partitions: Iterable[P]) -> None:
        """Drop all that is known of partitions that were revoked or sought."""
        for partition in partitions:
            self._pending.pop(partition, None)
            self._finished.pop(partition, None)
