"""Machine cadence."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.detection import MemberDetection
from models.detections.sample import around, fires, stays
from models.evidence import Kind
from models.sighting import Owners


class MachineCadence(MemberDetection):
    """The time between requests varies little, where people come in bursts and leave for hours."""

    id: ClassVar = "SW-A04"
    title: ClassVar = "Machine cadence"
    kind: ClassVar = Kind.ACCOUNT
    spread: ClassVar = 0.15
    unit: ClassVar = "regularity of the time between requests (minus the deviation of its logarithm)"
    sees: ClassVar = "The time between requests varies little, where people come in bursts and leave for hours."
    source: ClassVar = (
        "Real arrival times: scripts keep a cadence, chat users pause 107 to 224 s within and hours between sessions."
    )
    false_positives: ClassVar = "Scheduled jobs and monitoring."
    cleared_by: ClassVar = "Bursts and pauses as people make them."
    runbook: ClassVar = "Look at log_gap_sd in account_windows."
    samples: ClassVar = (
        fires("scripts with a steady gap", gap_sd=around(0.3, 0.05)),
        stays("people in bursts", gap_sd=around(2.0, 0.4)),
    )

    def value_of(self, owners: Owners) -> NDArray[np.float64]:
        """Return minus the deviation of ln(seconds between requests); NaN below six gaps."""
        return np.where(owners["gaps"] >= 6, -owners["gap_sd"].astype(np.float64), np.nan)
