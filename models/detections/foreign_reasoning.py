"""Reasoning blocks that crossed owners."""

from __future__ import annotations

from typing import ClassVar

from models.detections.case import Case
from models.detections.detection import Detection, Measurement
from models.detections.sample import fires, stays
from models.evidence import Kind
from models.links import LinkKind
from models.population import Reference

# One crossing may be a user with two accounts. Members of one operation cross again and again.
ORDINARY, SPREAD = 2.0, 1.0


class ForeignReasoning(Detection):
    """Members present reasoning blocks that were returned to other members."""

    id: ClassVar = "SW-R01"
    title: ClassVar = "Reasoning blocks crossing owners"
    kind: ClassVar = Kind.REASONING
    sees: ClassVar = "Members present reasoning blocks that were returned to other members."
    source: ClassVar = (
        "Reports of 2026: the same reasoning block presented back under a different owner is near-decisive."
    )
    false_positives: ClassVar = "One person with two accounts; a gateway that mixes up its customers."
    cleared_by: ClassVar = "A reseller fact for the accounts."
    runbook: ClassVar = "Follow reasoning_in and reasoning_out of the members in api_events."
    samples: ClassVar = (
        fires("a relay", members=12, kinds=(LinkKind.REASONING,)),
        stays("one person with two accounts", members=2, kinds=(LinkKind.REASONING,)),
        stays("users of one prompt"),
    )

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Count the members joined by crossing blocks."""
        del reference
        if LinkKind.REASONING not in case.kinds:
            return None
        crossed = len(case.members)
        return Measurement(
            value=float(crossed),
            normal=(0.0, ORDINARY + 1.96 * SPREAD),
            z=(crossed - ORDINARY) / SPREAD,
            members=crossed,
            words=f"{self.title}: {crossed} accounts presented or supplied each other's reasoning blocks",
        )
