"""Training-data requests."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.detection import MemberDetection
from models.detections.sample import fires, stays, times
from models.evidence import Kind
from models.sighting import Owners


class Elicitation(MemberDetection):
    """An ingest classifier saw requests that make training data."""

    id: ClassVar = "SW-C03"
    title: ClassVar = "Training-data requests"
    kind: ClassVar = Kind.CONTENT
    spread: ClassVar = 0.15
    unit: ClassVar = "share of requests with a distillation signal"
    sees: ClassVar = (
        "An ingest classifier saw requests that make training data: reasoning coerced, rubric grading, task generation."
    )
    source: ClassVar = (
        "Reports of 2026 name coerced reasoning, rubric grading, policy-safe rewriting, generated tasks, "
        "reconstructed traces."
    )
    false_positives: ClassVar = "Evaluation suites and research; graders of a product."
    cleared_by: ClassVar = "A permit for evaluation or synthetic data."
    runbook: ClassVar = "Group api_events by signals for the members."
    samples: ClassVar = (
        fires("graders and rewriters", signal=0.8),
        stays("people whom the classifier errs on", signal=times(0.05, 0.5)),
    )

    def value_of(self, owners: Owners) -> NDArray[np.float64]:
        """Return requests with any signal per request, in 0..1."""
        share: NDArray[np.float64] = owners["signals"] / np.maximum(owners["events"], 1)
        return share
