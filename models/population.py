"""What is normal: a uniform sample of accounts, kept up to date, without those under suspicion.

The sample is the `capacity` accounts with the smallest hashes ("bottom-k"). That makes it uniform, the same for
any number of partitions and workers, and open to replacement only by someone who can choose account hashes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Set
from dataclasses import dataclass, field
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from models.sighting import OWNER, Owners, picked, raw
from models.unusual import Unusual

T = TypeVar("T")

# A reference is taken anew when this share of what it was taken from has changed: it costs milliseconds.
STALE = 0.1
# Accounts of the sample from which the anomaly detector learns: it costs 60 us each time one of them has grown by half.
TAUGHT = 512


@dataclass(frozen=True, slots=True)
class Reference:
    """The sample as of one moment, with what detections computed from it.

    Attributes:
        owners: Dtype `OWNER`, shape (m,).
        unusual: What has learnt how unusual an account is.
    """

    owners: Owners
    unusual: Unusual | None = None
    _known: dict[Hashable, object] = field(default_factory=dict)

    def derived(self, name: Hashable, compute: Callable[[Owners], T]) -> T:
        """Return `compute(owners)`, computed once; `name` must say what it is."""
        if name not in self._known:
            self._known[name] = compute(self.owners)
        return cast("T", self._known[name])


@dataclass(slots=True)
class Population:
    """A bottom-k sample of owners.

    >>> population = Population(capacity=2)
    >>> rows = np.zeros(3, OWNER); rows["account"] = [30, 10, 20]; population.learn(rows)
    >>> sorted(population.reference(set()).owners["account"].tolist())
    [10, 20]
    """

    capacity: int = 4096
    _rows: Owners = field(default_factory=lambda: np.zeros(0, dtype=OWNER))
    _unusual: Unusual = field(default_factory=Unusual)
    _changes: int = 0
    _taught: int = 2**64 - 1
    _suspects: int = 0
    _reference: Reference | None = None

    def learn(self, owners: Owners) -> None:
        """Take in accounts (dtype `OWNER`); newer knowledge replaces older."""
        if not len(owners):
            return
        self._unusual.learn(picked(owners, owners["account"] < self._taught))
        self._merge(_latest(owners))
        if len(self._rows) > TAUGHT:
            self._taught = int(self._rows["account"][TAUGHT])
        self._changes += len(owners)

    def forget_reference(self) -> None:
        """Let the next reference be of all that is known by then."""
        self._reference = None

    def reference(self, suspects: Set[int]) -> Reference:
        """Return the sample without the accounts in `suspects`, at most `STALE` out of date."""
        stale = self._changes > STALE * len(self._rows) or len(suspects) != self._suspects
        if self._reference is None or stale:
            self._reference = Reference(without(self._rows, suspects), self._unusual)
            self._changes, self._suspects = 0, len(suspects)
        return self._reference

    def __len__(self) -> int:
        return len(self._rows)

    def _merge(self, owners: Owners) -> None:
        """Take in accounts in order, each once: those known are replaced in place, which is nearly all of them."""
        at = np.searchsorted(self._rows["account"], owners["account"])
        known = at < len(self._rows)
        known[known] = self._rows["account"][at[known]] == owners["account"][known]
        grown = known.copy()
        grown[known] = owners["events"][known] > self._rows["events"][at[known]]
        raw(self._rows)[at[grown]] = raw(owners)[grown]
        # In a full sample there is room only before the last account.
        new = ~known & ((at < len(self._rows)) | (len(self._rows) < self.capacity))
        if new.any():
            rows = np.insert(raw(self._rows), at[new], raw(owners)[new])
            self._rows = rows[: self.capacity].view(OWNER)


def outside(owners: Owners, accounts: Set[int]) -> NDArray[np.bool_]:
    """Return which rows have an account that is not in `accounts`, however many those are; shape (n,)."""
    return np.array([account not in accounts for account in owners["account"].tolist()], dtype=np.bool_)


def without(owners: Owners, accounts: Set[int]) -> Owners:
    """Return a copy of the rows whose account is not in `accounts`.

    >>> rows = np.zeros(2, OWNER); rows["account"] = [3, 4]; without(rows, {4})["account"].tolist()
    [3]
    """
    return picked(owners, outside(owners, accounts))


def _latest(owners: Owners) -> Owners:
    """Return the accounts in order, of each the row with the most requests."""
    order = np.lexsort((-owners["events"].astype(np.int64), owners["account"]))
    _, first = np.unique(owners["account"][order], return_index=True)
    return picked(owners, order[first])
