"""Refused probes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.detection import MemberDetection
from models.detections.sample import fires, stays, times
from models.evidence import Kind
from models.sighting import Owners


class RefusedProbes(MemberDetection):
    """Many requests are refused, as when an operator tries which prompts work."""

    id: ClassVar = "SW-C06"
    title: ClassVar = "Refused probes"
    kind: ClassVar = Kind.CONTENT
    spread: ClassVar = 0.12
    silent_below: ClassVar = 0.7
    unit: ClassVar = "share of requests that were refused"
    sees: ClassVar = "Many requests are refused, as when an operator tries which prompts work."
    source: ClassVar = (
        "Reports of 2026: a probe of 12,000 different, mostly refused requests, then scale-up of the few that worked."
    )
    false_positives: ClassVar = "Red teams; people with one unwelcome subject."
    cleared_by: ClassVar = "A permit for red teaming."
    runbook: ClassVar = "Order the members by refused requests per day; look for what worked in the next days."
    samples: ClassVar = (
        fires("a probe of what is let through", refusals=0.7),
        stays("people who are refused now and then", refusals=times(0.03, 0.5)),
    )

    def value_of(self, owners: Owners) -> NDArray[np.float64]:
        """Return refused requests per request, in 0..1."""
        share: NDArray[np.float64] = owners["refused"] / np.maximum(owners["events"], 1)
        return share
