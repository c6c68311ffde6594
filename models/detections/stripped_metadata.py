"""Stripped metadata."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.detection import MemberDetection
from models.detections.sample import fires, held_by, some, stays
from models.evidence import Kind
from models.sighting import Owners


class StrippedMetadata(MemberDetection):
    """Requests say neither which client nor which TLS stack sent them, where those of other accounts do."""

    id: ClassVar = "SW-A07"
    title: ClassVar = "Stripped metadata"
    kind: ClassVar = Kind.ACCOUNT
    spread: ClassVar = 0.12
    silent_below: ClassVar = 0.7
    unit: ClassVar = "absence of a client and a TLS fingerprint (1 = absent)"
    sees: ClassVar = (
        "Requests say neither which client nor which TLS stack sent them, where those of other accounts do."
    )
    source: ClassVar = "Accuser telemetry of 2026: requests with metadata stripped."
    false_positives: ClassVar = "A gateway that does not forward fingerprints for some customers."
    cleared_by: ClassVar = "Fingerprints that a proxy of a known firm hides."
    runbook: ClassVar = "Compare client and tls of the members with those of other accounts."
    samples: ClassVar = (
        fires("requests without fingerprints", tls=0),
        stays("a class whose proxy hides one in five", tls=some(0.2, 0.0, 9.0)),
        stays("people with clients of their own", tls=held_by(1)),
    )

    def value_of(self, owners: Owners) -> NDArray[np.float64]:
        """Return 1 where neither fingerprint is known, else 0."""
        stripped: NDArray[np.float64] = (owners["tls"] == 0).astype(np.float64)
        return stripped
