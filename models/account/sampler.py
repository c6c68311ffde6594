"""Which accounts a partition reports as its share of the population sample.

Each partition reports the accounts with the smallest hashes, about `size` of them; the campaigns model keeps
the smallest of all. An account is reported again when its requests have passed the next power of 1.5, so the cost
is logarithmic.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

GROWTH = 1.5
_EVERYONE = np.uint64(2**64 - 1)
_MOST = 2**32 - 1  # requests of an account that are counted


def _rung(count: int) -> int:
    """Return how often an account with so many requests has been reported: the same however its requests arrived.

    >>> [_rung(count) for count in (0, 1, 2, 3, 4, 5, 6)]
    [0, 1, 2, 3, 4, 4, 5]
    """
    return 1 + int(math.log(count, GROWTH) + 1e-9) if count else 0


def _leasts() -> list[int]:
    """Return the least number of requests of every rung but the first, up to one that no account reaches."""
    leasts = [1]
    while leasts[-1] <= _MOST:
        rung = _rung(leasts[-1])
        count = max(leasts[-1] + 1, int((1 - 1e-8) * GROWTH**rung))  # a little below
        while _rung(count) == rung:
            count += 1
        leasts.append(count)
    return leasts


_LEASTS = _leasts()


def _next(count: int) -> int:
    """Return the least number of requests on the rung above that of `count`.

    >>> [_next(count) for count in (0, 1, 2, 3, 4, 5, 6)]
    [1, 2, 3, 4, 6, 6, 8]
    """
    return _LEASTS[bisect_right(_LEASTS, count)]


@dataclass(slots=True)
class Sampler:
    """Chooses rows to report.

    Args:
        size: Accounts to report at least; up to twice as many are followed.
    """

    size: int = 4096
    _limit: np.uint64 = _EVERYONE
    _told: dict[int, int] = field(default_factory=dict)
    # With how many requests each of those is reported again: to look that up is a tenth of computing two logarithms.
    _due: dict[int, int] = field(default_factory=dict)

    def choose(self, rows: NDArray[np.void], touched: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row numbers in `touched` that are in the sample and grew since last chosen."""
        in_sample = touched[rows["account"][touched] <= self._limit]
        accounts, counts = rows["account"][in_sample].tolist(), rows["events"][in_sample].tolist()
        due = self._due
        grown = [
            at for at, (account, count) in enumerate(zip(accounts, counts, strict=True)) if count >= due.get(account, 1)
        ]
        for at in grown:
            self._told[accounts[at]], due[accounts[at]] = counts[at], _next(counts[at])
        if len(self._told) > 2 * self.size:
            self._tighten()
        return in_sample[np.array(grown, dtype=np.int64)]

    @property
    def limit(self) -> int:
        """The largest hash of an account in the sample."""
        return int(self._limit)

    def told(self, account: int) -> int:
        """Return the number of requests at which an account (its hash) was reported last; 0 when never."""
        return self._told.get(account, 0)

    def forget(self, account: int) -> None:
        """Forget when an account (its hash) was reported last."""
        self._told.pop(account, None)
        self._due.pop(account, None)

    def restore(self, limit: int, told: Mapping[int, int]) -> None:
        """Go on where another sampler was: its `limit`, and what it told by account."""
        self._limit = np.uint64(limit)
        self._told = {account: count for account, count in told.items() if account <= limit}
        self._due = {account: _next(count) for account, count in self._told.items()}

    def _tighten(self) -> None:
        limit = sorted(self._told)[self.size]
        self.restore(limit, self._told)
