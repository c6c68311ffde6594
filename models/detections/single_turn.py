"""Single-turn use."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.detection import MemberDetection
from models.detections.sample import fires, stays, within
from models.evidence import Kind
from models.sighting import Owners


class SingleTurn(MemberDetection):
    """Requests stand alone: no conversation goes on, no tool result comes back."""

    id: ClassVar = "SW-A01"
    title: ClassVar = "Single-turn use"
    kind: ClassVar = Kind.ACCOUNT
    spread: ClassVar = 0.2
    unit: ClassVar = "share of requests that open a conversation"
    sees: ClassVar = "Requests stand alone: no conversation goes on, no tool result comes back."
    source: ClassVar = (
        "Accuser telemetry of 2026: harvested exchanges are samples of one distribution, not conversations."
    )
    false_positives: ClassVar = "Benign one-shot programs: classification, extraction, evaluation suites."
    cleared_by: ClassVar = "Conversations that go on; a permit for evaluation or synthetic data."
    runbook: ClassVar = "Look at session lengths in account_windows; compare with the same plan."
    samples: ClassVar = (
        fires("a harvest of single questions", one_shot=1.0),
        stays("people in conversation", one_shot=within(0.1, 0.9)),
        stays("chat users with long sessions", one_shot=0.15),
    )

    def value_of(self, owners: Owners) -> NDArray[np.float64]:
        """Return openings per request, in 0..1; NaN below four requests."""
        share = owners["openings"] / np.maximum(owners["events"], 1)
        return np.where(owners["events"] >= 4, share, np.nan)
