"""Accounts registered together."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.case import Case
from models.detections.detection import MIN_REFERENCE, Detection, Measurement
from models.detections.sample import fires, stays, times
from models.evidence import Kind
from models.population import Reference
from models.sighting import Owners

DAY_MS = 86_400_000
MIN_KNOWN = 8
# Benign groups of young accounts (a class, a launch) are born together as well; a factor of e in neighbours
# is ordinary.
SPREAD = 1.0
MOST = 2.5  # a class is registered as close together as any pool


class RegistrationBurst(Detection):
    """Members were registered within hours of each other, more often than accounts at large."""

    id: ClassVar = "SW-L03"
    title: ClassVar = "Registered together"
    kind: ClassVar = Kind.COORDINATION
    facet: ClassVar = "identity"
    sees: ClassVar = "Members were registered within hours of each other, more often than accounts at large."
    source: ClassVar = "Reports of 2026: similar registrations, pools replaced after bans."
    false_positives: ClassVar = "Classes, hackathons, a campaign of one's own marketing."
    cleared_by: ClassVar = "Verified owners; registrations spread over months."
    runbook: ClassVar = "Histogram of account_created of the members."
    samples: ClassVar = (
        fires("registered within hours", born=times(30.0, 0.001), quiet=0, rate=500),
        stays("people who came over months", born=times(120.0, 1.0)),
    )

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Compare the share of pairs registered within a day among members and at large."""
        inside, outside = _neighbours(case.owners), reference.derived(self.id, _neighbours)
        if inside is None or outside is None or len(reference.owners) < MIN_REFERENCE:
            return None
        z = min(math.log(inside / outside) / SPREAD, MOST) if inside > 0 else -2.0
        high = min(outside * math.exp(1.96 * SPREAD), 1.0)
        return Measurement(
            value=inside,
            normal=(0.0, high),
            z=z,
            members=len(case.owners),
            words=(
                f"{self.title}: {inside:.1%} of member pairs were registered within a day of each other,"
                f" {outside:.1%} of all"
            ),
        )


def _neighbours(owners: Owners) -> float | None:
    """Return the share of pairs registered within a day, half a pair added; None without dates."""
    born: NDArray[np.int64] = np.sort(owners["created"][owners["created"] > 0])
    n = len(born)
    if n < MIN_KNOWN:
        return None
    close = np.searchsorted(born, born + DAY_MS, side="right") - np.arange(n) - 1
    return float((close.sum() + 0.5) / (n * (n - 1) / 2 + 1.0))
