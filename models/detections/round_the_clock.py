"""Round the clock."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.detection import MemberDetection
from models.detections.sample import fires, stays, within
from models.evidence import Kind
from models.sighting import Owners

# Hours of the day, one at least, that so many requests touch which come at any time.
_EXPECTED = np.maximum(24.0 * (1.0 - (23.0 / 24.0) ** np.arange(24 * 255 + 1.0)), 1.0)


class RoundTheClock(MemberDetection):
    """Requests come at every hour of the day alike, where people sleep."""

    id: ClassVar = "SW-A02"
    title: ClassVar = "Round the clock"
    kind: ClassVar = Kind.ACCOUNT
    spread: ClassVar = 0.15
    unit: ClassVar = "spread over the hours of the day (1 = even)"
    sees: ClassVar = "Requests come at every hour of the day alike, where people sleep."
    source: ClassVar = "Accuser telemetry of 2026: traffic around the clock without human rhythm."
    false_positives: ClassVar = "Monitoring jobs, products with users in all time zones."
    cleared_by: ClassVar = "A day-and-night rhythm; one organisation behind the accounts."
    runbook: ClassVar = "Plot requests by hour of day per member; a product with its own users shows their rhythm."
    samples: ClassVar = (
        fires("a pool that never sleeps", awake=24, requests=40),
        stays("people at their hours", awake=within(4.0, 14.0)),
        stays("a team in office hours", awake=8),
    )

    def value_of(self, owners: Owners) -> NDArray[np.float64]:
        """Return hours used over hours that even use would touch; NaN below six requests."""
        hours = np.ascontiguousarray(owners["hours"].T)  # rows of all accounts are added faster than rows of a day
        used, counted = (hours != 0).sum(axis=0, dtype=np.uint8), hours.sum(axis=0, dtype=np.uint16)
        return np.where(counted >= 6, used / _EXPECTED[counted], np.nan)
