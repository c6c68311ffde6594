"""What is normal: a uniform sample of accounts, kept up to date, without those under suspicion.

The sample is the `capacity` accounts with the smallest hashes ("bottom-k"). That makes it uniform, the same
for any number of partitions and workers, and open to replacement only by someone who can choose account
hashes.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.sighting import OWNER, Owners


@dataclass(slots=True)
class Population:
    """A bottom-k sample of owners.

    >>> population = Population(capacity=2)
    >>> rows = np.zeros(3, OWNER); rows["account"] = [30, 10, 20]
    >>> population.learn(rows); population.owners(set())["account"].tolist()
    [10, 20]
    """

    capacity: int = 4096
    _rows: dict[int, np.void] = field(default_factory=dict)
    _limit: int = 2**64

    def learn(self, owners: Owners) -> None:
        """Take in accounts (dtype `OWNER`); newer knowledge replaces older."""
        for owner in owners:
            account = int(owner["account"])
            if account > self._limit:
                continue
            known = self._rows.get(account)
            if known is None or owner["events"] >= known["events"]:
                self._rows[account] = owner.copy()
        if len(self._rows) > 2 * self.capacity:
            self._shrink()

    def owners(self, suspects: Container[int]) -> Owners:
        """Return the sample, dtype `OWNER`, without the accounts in `suspects`."""
        self._shrink()
        return np.array([row for account, row in self._rows.items() if account not in suspects], dtype=OWNER)

    def __len__(self) -> int:
        return len(self._rows)

    def _shrink(self) -> None:
        if len(self._rows) > self.capacity:
            smallest = sorted(self._rows)[: self.capacity]
            self._rows = {account: self._rows[account] for account in smallest}
            self._limit = smallest[-1]


def midranks(values: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each value the share of `reference` below it, ties counted half; NaN stays NaN.

    >>> midranks(np.array([0.0, 2.0]), np.array([1.0, 2.0, 2.0, 3.0])).tolist()
    [0.0, 0.5]
    """
    ordered = np.sort(reference[~np.isnan(reference)])
    if not len(ordered):
        return np.full(len(values), np.nan)
    below = np.searchsorted(ordered, values, side="left")
    up_to = np.searchsorted(ordered, values, side="right")
    ranks: NDArray[np.float64] = (below + up_to) / (2 * len(ordered))
    ranks[np.isnan(values)] = np.nan
    return ranks
