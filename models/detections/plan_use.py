"""Full use of the plan."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.detection import MemberDetection
from models.detections.sample import fires, stays, times
from models.evidence import Kind
from models.sighting import Owners


class PlanUse(MemberDetection):
    """Accounts use what their plan allows, day after day."""

    id: ClassVar = "SW-A05"
    title: ClassVar = "Full use of the plan"
    kind: ClassVar = Kind.ACCOUNT
    spread: ClassVar = 0.15
    unit: ClassVar = "tokens per active day over the plan (log scale)"
    sees: ClassVar = "Accounts use what their plan allows, day after day."
    source: ClassVar = (
        "Accuser telemetry of 2026: usage out of proportion to the plan, new accounts at full use with no ramp."
    )
    false_positives: ClassVar = "Heavy honest users."
    cleared_by: ClassVar = "Use that rises and falls."
    runbook: ClassVar = "Compare tokens per day with plan_tokens_per_day."
    samples: ClassVar = (
        fires("a pool that uses all it paid for", plan_use=times(2.0, 0.2)),
        stays("people with room to spare", plan_use=times(0.1, 1.2)),
    )

    def value_of(self, owners: Owners) -> NDArray[np.float64]:
        """Return ln(tokens per day / entitlement); NaN where the plan is unknown."""
        days = np.maximum((owners["last"] - owners["first"]) / 86_400_000, 1.0)
        tokens = (owners["input_tokens"] + owners["output_tokens"]) / days
        known = owners["plan_tokens"] > 0
        return np.where(known, np.log((tokens + 1.0) / np.maximum(owners["plan_tokens"], 1)), np.nan)
