"""Young accounts."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.detection import MemberDetection
from models.detections.sample import fires, stays, times
from models.evidence import Kind
from models.sighting import Owners


class YoungAccounts(MemberDetection):
    """Accounts are used soon after they are made."""

    id: ClassVar = "SW-A03"
    title: ClassVar = "Young accounts"
    kind: ClassVar = Kind.ACCOUNT
    spread: ClassVar = 0.2
    unit: ClassVar = "negative age in days at first use (log scale)"
    sees: ClassVar = "Accounts are used soon after they are made."
    source: ClassVar = "Accuser telemetry of 2026: pools of newly registered accounts, replaced after bans."
    false_positives: ClassVar = "Classes, hackathons, launches of a product."
    cleared_by: ClassVar = "Verified owners; age."
    runbook: ClassVar = "Compare account_created with the first event; look for registration bursts."
    samples: ClassVar = (
        fires("accounts made for the purpose", born=times(1.0, 0.5)),
        stays("people who came over years", born=times(120.0, 1.0)),
        stays("long-standing users of a new program", born=times(400.0, 0.5)),
    )

    def value_of(self, owners: Owners) -> NDArray[np.float64]:
        """Return minus the logarithm of the age in days at the first request seen; NaN where unknown."""
        age = (owners["first"] - owners["created"]) / 86_400_000
        known = owners["created"] > 0
        return np.where(known, -np.log1p(np.maximum(np.where(known, age, 0.0), 0.0)), np.nan)
