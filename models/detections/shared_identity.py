"""Payment instruments or registrations shared by unrelated accounts."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from models.detections.case import Case
from models.detections.detection import MIN_MEMBERS, Detection, Measurement
from models.detections.sample import fires, held_by, stays
from models.distinct import counted
from models.evidence import Kind
from models.population import Reference

# A family or a small firm shares a card over up to about five accounts that are not one organisation; the
# number of accounts on one benign instrument falls about sixfold with each further one, so ln(accounts)
# beyond that is rare.
ORDINARY = 3.0
SPREAD = 0.5


class SharedIdentity(Detection):
    """Many unrelated accounts are paid by one instrument or were registered the same way."""

    id: ClassVar = "SW-L02"
    title: ClassVar = "Shared payment or registration"
    kind: ClassVar = Kind.COORDINATION
    facet: ClassVar = "identity"
    sees: ClassVar = "Many unrelated accounts are paid by one instrument or were registered the same way."
    source: ClassVar = "Reports of 2026: shared payment methods, similar registrations."
    false_positives: ClassVar = "Families, classes, agencies that pay for clients."
    cleared_by: ClassVar = "One organisation behind the accounts; verified owners."
    runbook: ClassVar = "Group the members by payment and by signup."
    samples: ClassVar = (
        fires("ten accounts a card", payment=held_by(10)),
        stays("families", payment=held_by(2)),
        stays("people with cards of their own", payment=held_by(1)),
    )

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Compare how many members share one instrument, on the average member, with what is ordinary."""
        del reference
        owners = case.owners
        shared = max((_companions(owners["payment"]), _companions(owners["signup"])), default=0.0)
        if len(owners) < MIN_MEMBERS or shared == 0.0:
            return None
        return Measurement(
            value=shared,
            normal=(1.0, ORDINARY * math.exp(1.96 * SPREAD)),
            z=(math.log(max(shared, 1e-9)) - math.log(ORDINARY)) / SPREAD,
            members=len(owners),
            words=(f"{self.title}: the average member shares its payment or registration with {shared:.1f} members"),
        )


def _companions(keys: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> float:
    """Return the mean over all members of how many members hold the same key; 0 where no key is known."""
    known = keys[keys != 0]
    if not len(known):
        return 0.0
    _, counts = counted(known)
    return float(np.square(counts).sum() / len(keys))
