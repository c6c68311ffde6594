"""Detections of a share of the members, held against that of accounts at large: a base of those in files."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import ClassVar, NamedTuple

from models.detections.case import Case
from models.detections.detection import Detection, Measurement
from models.population import Reference


class Shares(NamedTuple):
    """Two shares in 0..1, and the sentence on them for the analyst."""

    inside: float
    outside: float
    words: str


class ShareBeside(Detection):
    """Compares both shares on a logarithmic scale.

    Attributes:
        least: Share below which both count as this.
        spread: Standard deviation, between benign groups, of the logarithm of their share.
    """

    least: ClassVar[float]
    spread: ClassVar[float]

    @abstractmethod
    def shares(self, case: Case, reference: Reference) -> Shares | None:
        """Return the share among members and at large; None without data."""

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Compare the share of members with that of accounts at large."""
        found = self.shares(case, reference)
        if found is None:
            return None
        outside = max(found.outside, self.least)
        return Measurement(
            value=found.inside,
            normal=(0.0, min(outside * math.exp(1.96 * self.spread), 1.0)),
            z=math.log(max(found.inside, self.least) / outside) / self.spread,
            members=len(case.owners),
            words=f"{self.title}: {found.words}",
        )
