"""What is forgotten when a table of owners is full, so that a flood of invented keys ends before memory does.

Which links go follows from the sightings alone, in their order and with their own times: who reads the log again
forgets the same. What may never be forgotten may be more than the bound; then the bound gives way, a quarter at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.link.owners import OwnerTable

# One row in this many is freed at once: to look for what is old goes through all rows, 0.2 s for a million.
PART = 4


@dataclass(slots=True)
class Room:
    """How many rows are too many, and by how much.

    >>> room = Room(most=100)
    >>> room.excess(used=90, more=10), room.excess(used=91, more=10)
    (0, 16)
    >>> room.freed(used=99); room.excess(used=114, more=10)  # 99 could not be forgotten
    0
    """

    most: int
    _limit: int = 0

    def excess(self, used: int, more: int) -> int:
        """Return how many of `used` rows are to be forgotten before `more` come; 0 while there is room."""
        if used + more <= max(self.most, self._limit):
            return 0
        return used - max(min(self.most - self.most // PART, self.most - more), 0)

    def freed(self, used: int) -> None:
        """Take note that `used` rows are left now that what could be forgotten was."""
        self._limit = used + self.most // PART


def forgettable(table: OwnerTable, excess: int) -> NDArray[np.bool_]:
    """Return which links to forget so that `excess` rows become free, shape (links,): none that is watched.

    The stalest go first, and a link of n owners ages n times as slowly as one of a single owner: what a flood consists
    of goes before what several accounts were seen to share, and nothing stays for ever because many once used it.
    """
    links = table.links[: table.linked]
    last = table.last_seen()
    age = (last.max(initial=0) - last + 1) / links["count"]
    candidates = np.flatnonzero(~links["watched"])
    stalest = candidates[np.argsort(-age[candidates], kind="stable")]
    enough = np.searchsorted(np.cumsum(links["count"][stalest], dtype=np.int64), excess) + 1
    gone = np.zeros(table.linked, dtype=np.bool_)
    gone[stalest[:enough]] = True
    return gone
