"""Which accounts a partition reports as its share of the population sample.

Each partition reports the accounts with the smallest hashes, about `size` of them; the campaigns model keeps
the smallest of all. An account is reported again when its requests have grown by half, so the cost is
logarithmic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

GROWTH = 1.5
_EVERYONE = np.uint64(2**64 - 1)


@dataclass(slots=True)
class Sampler:
    """Chooses rows to report.

    Args:
        size: Accounts to report at least; up to twice as many are followed.
    """

    size: int = 4096
    _limit: np.uint64 = _EVERYONE
    _told: dict[int, int] = field(default_factory=dict)

    def choose(self, rows: NDArray[np.void], touched: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row numbers in `touched` that are in the sample and grew since last chosen."""
        in_sample = touched[rows["account"][touched] <= self._limit]
        counts = rows["events"][in_sample].tolist()
        chosen = [
            place
            for place, count in zip(in_sample.tolist(), counts, strict=True)
            if count >= GROWTH * self._told.get(place, 0)
        ]
        self._told.update({place: int(rows["events"][place]) for place in chosen})
        if len(self._told) > 2 * self.size:
            self._tighten(rows)
        return np.array(chosen, dtype=np.int64)

    @property
    def limit(self) -> int:
        """The largest hash of an account in the sample."""
        return int(self._limit)

    def told(self, place: int) -> int:
        """Return the number of requests at which the account of a row was reported last; 0 when never."""
        return self._told.get(place, 0)

    def restore(self, limit: int, told: Mapping[int, int]) -> None:
        """Go on where another sampler was: its `limit`, and what it told by row number."""
        self._limit, self._told = np.uint64(limit), dict(told)

    def _tighten(self, rows: NDArray[np.void]) -> None:
        hashes = rows["account"][list(self._told)]
        self._limit = np.partition(hashes, self.size)[self.size]
        self._told = {place: told for place, told in self._told.items() if rows["account"][place] <= self._limit}
