"""One credential in many places."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.detection import MemberDetection
from models.detections.sample import fires, stays, within
from models.evidence import Kind
from models.sighting import Owners


class ManyPlaces(MemberDetection):
    """An account is used from many networks and by many clients, in turn."""

    id: ClassVar = "SW-A09"
    title: ClassVar = "Many networks and clients"
    kind: ClassVar = Kind.ACCOUNT
    spread: ClassVar = 0.12
    silent_below: ClassVar = 0.7
    unit: ClassVar = "changes of network or client per request"
    sees: ClassVar = "An account is used from many networks and by many clients, in turn."
    source: ClassVar = "Accuser telemetry of 2026: one credential from many addresses and clients."
    false_positives: ClassVar = "Travellers, VPNs, a key that a team shares."
    cleared_by: ClassVar = "One organisation behind the accounts; office hours."
    runbook: ClassVar = "Count distinct ip and client per member and day."
    samples: ClassVar = (
        fires("credentials handed round a proxy network", moves=0.9),
        stays("travellers", moves=within(0.0, 0.4)),
    )

    def value_of(self, owners: Owners) -> NDArray[np.float64]:
        """Return changes of network or client per request after the first; NaN below six requests."""
        moves = owners["ip_moves"].astype(np.float64) + owners["client_moves"]
        return np.where(
            owners["events"] >= 6, moves / np.maximum(owners["events"].astype(np.float64) - 1.0, 1.0), np.nan
        )
