"""One area of capability."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.case import Case
from models.detections.detection import MIN_REFERENCE, Detection, Measurement
from models.detections.sample import fires, one_of, stays
from models.distinct import counted
from models.evidence import Kind
from models.links import LinkKind
from models.population import Reference
from models.sighting import Owners

MIN_KNOWN = 8
# People who share a card, a registration or a network work on related things: between such groups the log-odds of
# the leading area differ by this much.
SPREAD = 1.5
MOST = 2.5  # a software firm does nothing but coding


class CapabilityFocus(Detection):
    """Members who share no prompt all use the model for one thing, where others use it for many."""

    id: ClassVar = "SW-C07"
    title: ClassVar = "One area of capability"
    kind: ClassVar = Kind.CONTENT
    sees: ClassVar = "Members who share no prompt all use the model for one thing, where others use it for many."
    source: ClassVar = "Reports of 2026: volume concentrated in few capability areas."
    false_positives: ClassVar = "A firm or a class that has one kind of work."
    cleared_by: ClassVar = "Members who use the model for different things; one organisation behind the accounts."
    runbook: ClassVar = "Count api_events by capability and member; compare with all accounts in the same week."
    samples: ClassVar = (
        fires("holders of a few cards, all of one trade", kinds=(LinkKind.PAYMENT,), capability=3),
        stays("a family", kinds=(LinkKind.PAYMENT,), capability=one_of(6)),
        stays("users of one program, for what it is made for", capability=3),
    )

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Compare the share of members whose main area is the group's leading one with that of accounts at large."""
        if LinkKind.TEMPLATE in case.kinds:
            return None  # whoever uses one program uses it for what it is made for
        areas = _known(case.owners)
        normal = reference.derived(self.id, _known)
        if len(areas) < MIN_KNOWN or len(normal) < MIN_REFERENCE:
            return None
        names, counts = counted(areas)
        leading, n = names[counts.argmax()], int(counts.max())
        ordinary = (np.count_nonzero(normal == leading) + 0.5) / (len(normal) + 1.0)
        inside = (n + 0.5) / (len(areas) + 1.0)
        if inside <= ordinary:
            return None  # who does many things may be a pool as well
        return Measurement(
            value=inside,
            normal=(0.0, _expit(_logit(ordinary) + 1.96 * SPREAD)),
            z=min((_logit(inside) - _logit(ordinary)) / SPREAD, MOST),
            members=len(areas),
            words=(
                f"{self.title}: {n} of {len(areas)} members use the model mostly for one thing, for which"
                f" {ordinary:.0%} of accounts at large do"
            ),
        )


def _known(owners: Owners) -> NDArray[np.uint32]:
    """Return the main areas of the accounts that have one."""
    areas: NDArray[np.uint32] = owners["capability"][owners["capability"] != 0]
    return areas


def _logit(share: float) -> float:
    return math.log(share / (1.0 - share))


def _expit(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-odds))
