"""Minutes that accounts have in common beyond chance: compiled, pair by pair.

Of 200 accounts at large there are 20,000 pairs; as arrays of all pairs, a dozen of them, they take five times as long.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN202

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.sighting import Owners

MINUTE_MS = 60_000


def beyond_chance(owners: Owners) -> float:
    """Return the mean over pairs of the share of minutes in common, less that of accounts active at random.

    The share is the Jaccard index, estimated by MinHash registers; with shares p and q of active minutes, chance makes
    it pq / (p + q - pq) while both are there, and less by what their times do not overlap.

    Args:
        owners: Dtype `OWNER`, two at least.
    """
    begin, end = owners["first"].astype(np.float64), owners["last"].astype(np.float64)
    minutes = np.maximum((end - begin) / MINUTE_MS, 1.0)
    active = 1.0 - np.exp(-owners["events"].astype(np.float64) / minutes)
    return float(_pairs(owners["minutes"], begin, end, active, active * minutes).mean())


@njit(cache=True)
def _pairs(registers, begin, end, active, used):
    """Return what each account has in common with each other one, beyond chance; shape (n (n - 1),), row by row.

    Args:
        registers: MinHash of the minutes in which each account is active, shape (n, 8).
        begin: Since when each is there, ms; shape (n,).
        end: Until when, likewise.
        active: Share of its minutes in which each is active; shape (n,).
        used: The number of them; shape (n,).
    """
    n, size = registers.shape
    shares: NDArray[np.float64] = np.empty(n * (n - 1))
    for i in range(n):
        for j in range(i):
            agree = 0
            for k in range(size):
                agree += registers[i, k] == registers[j, k]
            common = max(min(end[i], end[j]) - max(begin[i], begin[j]), 0.0) / MINUTE_MS
            both = active[i] * active[j] * common
            share = agree / size - both / max(used[i] + used[j] - both, 1e-9)
            # Row i has n - 1 places, since nobody is compared with itself.
            shares[i * (n - 1) + j] = shares[j * (n - 1) + i - 1] = share
    return shares
