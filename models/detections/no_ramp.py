"""Full use without a ramp."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.detection import MemberDetection
from models.detections.sample import fires, stays, times
from models.evidence import Kind
from models.sighting import Owners

DAY_MS = 86_400_000


class NoRamp(MemberDetection):
    """New accounts are used fully from their first hours on, where people start slowly."""

    id: ClassVar = "SW-A08"
    title: ClassVar = "Full use at once"
    kind: ClassVar = Kind.ACCOUNT
    spread: ClassVar = 0.12
    silent_below: ClassVar = 0.7
    unit: ClassVar = "conversations per day of an account younger than a week (log scale)"
    sees: ClassVar = "New accounts are used fully from their first hours on, where people start slowly."
    source: ClassVar = "Accuser telemetry of 2026: new accounts at full use with no ramp."
    false_positives: ClassVar = "A firm that moves its product to a new account; backfills."
    cleared_by: ClassVar = "One organisation behind the accounts; use that ends after a backfill."
    runbook: ClassVar = "Plot events per day since account_created for each member."
    samples: ClassVar = (
        fires("new accounts at full use", born=1, rate=60, one_shot=0.9),
        stays("newcomers who try it", born=1, rate=times(4.0, 0.5)),
        stays("a busy firm that has been here for long", born=400, rate=60),
    )

    def value_of(self, owners: Owners) -> NDArray[np.float64]:
        """Return ln(conversations per day) of accounts first used within a week of their creation; NaN for others."""
        age = owners["first"] - owners["created"]
        young = (owners["created"] > 0) & (age < 7 * DAY_MS) & (owners["openings"] > 1)
        days = np.maximum((owners["last"] - owners["first"]) / DAY_MS, 1.0 / 24)
        return np.where(young, np.log(np.maximum(owners["openings"], 1) / days), np.nan)
