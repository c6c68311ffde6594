"""Even load."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.case import Case
from models.detections.detection import MIN_REFERENCE, Detection, Measurement
from models.evidence import Kind
from models.population import Reference
from models.sighting import Owners

DAY_MS = 86_400_000
MIN_BALANCED = 12
# Standard deviation, between benign groups, of ln(squared coefficient of variation of their members' rates), beyond
# what the size of the group explains: classes and teams are more alike than accounts at large.
SPREAD = 0.5
# Benign groups drawn from the reference to see what a group of this size is like, and accounts per draw at most.
DRAWS, DRAWN = 60, 300


class EvenLoad(Detection):
    """Members send at one rate, as a load balancer would spread it, where people differ by factors."""

    id: ClassVar = "SW-L01"
    title: ClassVar = "Even load"
    kind: ClassVar = Kind.COORDINATION
    sees: ClassVar = "Members send at one rate, as a load balancer would spread it, where people differ by factors."
    source: ClassVar = "Reports of 2026: even load over the accounts of a pool."
    false_positives: ClassVar = "Scheduled jobs of one program; a class working through one exercise sheet."
    cleared_by: ClassVar = "Rates that differ as people's do; one organisation behind the accounts."
    runbook: ClassVar = "Histogram of events per member and day; a pool is a narrow peak."

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Compare the variation of the members' rates with that of groups of their size drawn from the reference."""
        inside = float(_log_variations(*_rates(case.owners, case.ts)))
        size = _size_class(min(len(case.owners), DRAWN, len(reference.owners)))
        normal = reference.derived((self.id, size), lambda owners: _draws(owners, case.ts, size))
        if math.isnan(inside) or len(normal) < DRAWS / 2:
            return None
        deviation = math.sqrt(SPREAD**2 + float(normal.var()))
        middle = float(normal.mean())
        low = math.exp((middle - 1.96 * deviation) / 2)
        return Measurement(
            value=math.exp(inside / 2),
            normal=(low, math.exp((middle + 1.96 * deviation) / 2)),
            z=(middle - inside) / deviation,
            members=len(case.owners),
            words=(
                f"{self.title}: members' request rates vary by {math.exp(inside / 2):.0%} of their mean, as many"
                f" accounts at large by {math.exp(middle / 2):.0%} (benign groups at least {low:.0%})"
            ),
        )


def _size_class(n: int) -> int:
    """Round a group's size down to a power of 1.25, so that draws are shared between groups of like size."""
    return int(1.25 ** math.floor(math.log(max(n, 1), 1.25) + 1e-9))


def _draws(owners: Owners, ts: int, size: int) -> NDArray[np.float64]:
    """Return the variation in `DRAWS` random groups of `size` accounts, those without data left out."""
    if len(owners) < MIN_REFERENCE:
        return np.zeros(0)
    rng = np.random.default_rng(size)  # the same look gives the same answer
    drawn = rng.integers(len(owners), size=(DRAWS, size))
    days, counts = _rates(owners, ts)
    found = _log_variations(days[drawn], counts[drawn])
    return found[~np.isnan(found)]


def _rates(owners: Owners, ts: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the days since each account's first request, and its requests after the first; 0 and 0 within an hour."""
    days: NDArray[np.float64] = np.maximum(ts - owners["first"], 0) / DAY_MS
    seen = days > 1.0 / 24.0
    return days * seen, (owners["events"].astype(np.float64) - 1.0) * seen


def _log_variations(days: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ln of the squared variation of the accounts' rates, less what chance adds; NaN without data.

    Requests after the first are Poisson at the account's rate over the time since the first, so the Pearson
    dispersion exceeds 1 by (mean count) x (squared variation of the rates). The floor is the estimate's own
    standard error.

    `days` and `counts` are those of `_rates`, of groups of accounts of one size, shape (..., accounts); the answer has
    one value per group, shape (...).
    """
    n, total = np.count_nonzero(days, axis=-1), counts.sum(axis=-1)
    enough = (n >= MIN_BALANCED) & (total >= 2 * MIN_BALANCED)
    n, total = np.where(enough, n, 2), np.where(enough, total, 1.0)
    span = np.where(enough, days.sum(axis=-1), 1.0)
    expected = days * (total / span)[..., None]
    dispersion = (np.square(counts - expected) / np.maximum(expected, 1e-9)).sum(axis=-1) / (n - 1)
    mean = total / n
    error = np.sqrt(2.0 / (n - 1)) / mean
    variation: NDArray[np.float64] = np.log(np.maximum(np.maximum((dispersion - 1.0) / mean, error), 1e-3))
    return np.where(enough, variation, np.nan)
