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
        inside = _log_variation(case.owners, case.ts)
        size = _size_class(min(len(case.owners), DRAWN, len(reference.owners)))
        normal = reference.derived((self.id, size), lambda owners: _draws(owners, case.ts, size))
        if inside is None or len(normal) < DRAWS / 2:
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
    found = [_log_variation(owners[rng.integers(len(owners), size=size)], ts) for _ in range(DRAWS)]
    return np.array([one for one in found if one is not None])


def _log_variation(owners: Owners, ts: int) -> float | None:
    """Return ln of the squared variation of the accounts' rates, less what chance adds; None without data.

    Requests after the first are Poisson at the account's rate over the time since the first, so the Pearson
    dispersion exceeds 1 by (mean count) x (squared variation of the rates). The floor is the estimate's own
    standard error.
    """
    days: NDArray[np.float64] = np.maximum(ts - owners["first"], 0) / DAY_MS
    counts = owners["events"].astype(np.float64) - 1.0
    seen = days > 1.0 / 24.0
    days, counts = days[seen], counts[seen]
    n, total = len(counts), float(counts.sum())
    if n < MIN_BALANCED or total < 2 * MIN_BALANCED:
        return None
    expected = days * (total / days.sum())
    dispersion = float((np.square(counts - expected) / np.maximum(expected, 1e-9)).sum() / (n - 1))
    mean = total / n
    error = math.sqrt(2.0 / (n - 1)) / mean
    return math.log(max((dispersion - 1.0) / mean, error, 1e-3))
