"""Each member's own figures, for the detections that measure accounts: why this one, beside why the campaign."""

from __future__ import annotations

from functools import cache

import numpy as np

from models.detections.catalogue import detections
from models.detections.detection import MemberDetection
from models.sighting import Owners


def measures_of(owners: Owners) -> list[dict[str, float]]:
    """Return, for each of `owners` (dtype `OWNER`), its value by the id of the detection; unknown ones are left out."""
    measuring = _measuring()
    values = np.array([detection.value_of(owners) for detection in measuring], dtype=np.float64).T
    ids = [detection.id for detection in measuring]
    return [{name: value for name, value in zip(ids, row, strict=True) if value == value} for row in values.tolist()]


@cache
def _measuring() -> tuple[MemberDetection, ...]:
    return tuple(one for one in detections() if isinstance(one, MemberDetection))
