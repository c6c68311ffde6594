"""Even load."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.case import Case
from models.detections.detection import MIN_REFERENCE, Detection, Measurement
from models.evidence import Kind
from models.sighting import Owners

DAY_MS = 86_400_000
MIN_BALANCED = 8
# Standard deviation, between benign groups, of ln(squared coefficient of variation of their members' rates).
# People's rates are spread log-normally with a deviation near 1.2; classes and teams are narrower, which this
# allows for.
SPREAD = 0.8


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

    def measure(self, case: Case, reference: Owners) -> Measurement | None:
        """Compare the variation of the members' rates with that of accounts at large."""
        inside, outside = _variation(case.owners, case.ts), _variation(reference, case.ts)
        if inside is None or outside is None or len(case.owners) < MIN_BALANCED or len(reference) < MIN_REFERENCE:
            return None
        z = (math.log(outside) - math.log(inside)) / SPREAD
        low = math.sqrt(outside * math.exp(-1.96 * SPREAD))
        return Measurement(
            value=math.sqrt(inside),
            normal=(low, math.sqrt(outside * math.exp(1.96 * SPREAD))),
            z=z,
            members=len(case.owners),
            words=(
                f"{self.title}: members' request rates vary by {math.sqrt(inside):.0%} of their mean, accounts"
                f" at large by {math.sqrt(outside):.0%} (benign groups at least {low:.0%})"
            ),
        )


def _variation(owners: Owners, ts: int) -> float | None:
    """Return the squared variation of the accounts' rates, less what chance adds; None without data.

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
    return max((dispersion - 1.0) / mean, error, 1e-3)
