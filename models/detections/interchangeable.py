"""Detections of members that differ less from each other than accounts do: the base of those in files of their own.

Whoever feeds many accounts from one queue makes them interchangeable: what differs between accounts (rates, subjects,
lengths) differs between the members only as chance has it. So the variation between members, less what chance
adds, is compared with that between as many accounts drawn from the reference.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.case import Case
from models.detections.detection import MIN_REFERENCE, Detection, Measurement
from models.population import Reference
from models.sighting import Owners, picked

# Benign groups drawn from the reference to see what a group of this size is like, and accounts per draw at most.
DRAWS, DRAWN = 60, 300


class InterchangeableMembers(Detection):
    """Compares the variation between members with that between accounts at large, on a logarithmic scale.

    Attributes:
        spread: Standard deviation, between benign groups, of the logarithm of the variation, beyond what the size of
            the group explains: classes, teams and users of one program are more alike than accounts at large.
        farthest: Spreads below the ordinary beyond which a smaller variation says no more: users of one program ask
            alike as members of a pool do.
    """

    spread: ClassVar[float]
    farthest: ClassVar[float] = 8.0

    @abstractmethod
    def log_variations(self, owners: Owners, ts: int, groups: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ln of the variation between the accounts of each group, not below the estimate's own error.

        Args:
            owners: Dtype `OWNER`, shape (m,).
            ts: Event time of the look, epoch ms.
            groups: Row numbers of `owners`, shape (g, n).

        Returns:
            Shape (g,); NaN where a group has too little data.
        """

    @abstractmethod
    def words(self, inside: float, ordinary: float, low: float) -> str:
        """Return the sentence for the analyst, from the variation between members, at large, and the least benign."""

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Compare the members with groups of their size drawn from the reference."""
        owners = case.owners
        inside = float(self.log_variations(owners, case.ts, np.arange(len(owners))[None, :])[0])
        if math.isnan(inside):
            return None
        size = _size_class(min(len(owners), DRAWN, len(reference.owners)))
        normal = reference.derived((self.id, size), lambda _: self._normal(reference, case.ts, size))
        if normal is None:
            return None
        middle, variance = normal
        deviation = math.sqrt(self.spread**2 + variance)
        inside = max(inside, middle - self.farthest * self.spread)
        low = math.exp(middle - 1.96 * deviation)
        return Measurement(
            value=math.exp(inside),
            normal=(low, math.exp(middle + 1.96 * deviation)),
            z=(middle - inside) / deviation,
            members=len(owners),
            words=f"{self.title}: {self.words(math.exp(inside), math.exp(middle), low)}",
        )

    def _normal(self, reference: Reference, ts: int, size: int) -> tuple[float, float] | None:
        """Return mean and variance of what is found in `DRAWS` random groups of `size` accounts; None for too few."""
        if len(reference.owners) < MIN_REFERENCE:
            return None
        owners, drawn = reference.derived(("drawn", size), lambda owners: _drawn(owners, size))
        found = self.log_variations(owners, ts, drawn)
        found = found[~np.isnan(found)]
        return (float(found.mean()), float(found.var())) if len(found) >= DRAWS / 2 else None


def _drawn(owners: Owners, size: int) -> tuple[Owners, NDArray[np.int64]]:
    """Return `DRAWS` random groups of `size` accounts: those accounts, and their row numbers, shape (`DRAWS`, size)."""
    rng = np.random.default_rng(size)  # the same look gives the same answer
    # By hash, not by place: with one account more or less in the reference, nearly all drawn are those of before.
    accounts = np.ascontiguousarray(owners["account"])
    ordered = np.argsort(accounts, kind="stable")
    hashes = rng.integers(int(accounts[ordered[-1]]), size=(DRAWS, size), dtype=np.uint64, endpoint=True)
    drawn = ordered[accounts[ordered].searchsorted(hashes)]
    if drawn.size < len(owners):  # small groups are drawn of a part of the accounts
        used = np.zeros(len(owners), dtype=np.bool_)
        used[drawn] = True
        return picked(owners, used), (used.cumsum() - 1)[drawn]
    return owners, drawn


def _size_class(n: int) -> int:
    """Round a group's size down to a power of 1.25, so that draws are shared between groups of like size."""
    return int(1.25 ** math.floor(math.log(max(n, 1), 1.25) + 1e-9))
