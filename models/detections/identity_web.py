"""Users of one prompt in one web of cards and registrations."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.case import Case
from models.detections.detection import MIN_MEMBERS, Detection, Measurement
from models.detections.pairs import distinct_pairs
from models.detections.sample import fires, held_by, stays
from models.distinct import counted
from models.evidence import Kind
from models.population import Reference
from models.sighting import Owners

# Among people who happen to use one prompt, the largest web is a family or a firm, of two or three accounts that are
# not one organisation; one five times as large is a matter of two standard deviations.
ORDINARY, SPREAD = 2.5, 0.8


class IdentityWeb(Detection):
    """Users of one prompt hang together by cards and registrations, any number of them in between."""

    id: ClassVar = "SW-L05"
    title: ClassVar = "One web of cards and registrations"
    kind: ClassVar = Kind.COORDINATION
    facet: ClassVar = "identity"
    sees: ClassVar = "Users of one prompt hang together by cards and registrations, any number of them in between."
    source: ClassVar = "Reports of 2026: shared payment methods and similar registrations within one pool."
    false_positives: ClassVar = "A firm that is not known as an organisation and whose staff use one program."
    cleared_by: ClassVar = "One organisation behind the accounts; verified owners."
    runbook: ClassVar = "Group the members by payment, then by signup, and follow accounts from one to the other."
    samples: ClassVar = (
        fires("cards and registrations that lead from one to the next", payment=held_by(5), signup=held_by(8)),
        stays("couples", payment=held_by(2)),
    )

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Measure the largest web; None where cards and registrations are what the group was found by."""
        del reference
        owners = case.owners
        if all(kind.is_identity for kind in case.kinds) or len(owners) < MIN_MEMBERS:
            return None
        if not owners["payment"].any() and not owners["signup"].any():
            return None
        shared = len(case.shared("payment")) + len(case.shared("signup"))
        largest = _largest_web(owners) if shared else 1  # nothing leads from one organisation to another
        return Measurement(
            value=float(largest),
            normal=(1.0, ORDINARY * math.exp(1.96 * SPREAD)),
            z=math.log(largest / ORDINARY) / SPREAD,
            members=largest,
            words=(
                f"{self.title}: {largest} of {len(owners)} members, of different organisations, hang together by cards"
                f" and registrations (as many users of one prompt: up to {ORDINARY * math.exp(1.96 * SPREAD):.0f})"
            ),
        )


def _largest_web(owners: Owners) -> int:
    """Return the number of organisations in the largest set that shared keys connect.

    Every account takes the smallest label among those it shares a key with, until nothing changes; a web of any shape
    takes at most as many rounds as it is wide.
    """
    n = len(owners)
    labels = np.arange(n)
    groupings = [_grouping(owners[name]) for name in ("payment", "signup", "org")]
    while True:
        before = labels
        for groups in groupings:
            smallest = np.full(groups.max() + 1, n)
            np.minimum.at(smallest, groups, labels)
            labels = smallest[groups]
        if np.array_equal(labels, before):
            break
    webs, _ = distinct_pairs(labels.astype(np.uint64), owners["org"])
    return int(counted(webs)[1].max())


def _grouping(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Number the groups that share a key; who has none is alone."""
    _, groups = np.unique(keys, return_inverse=True)
    alone = keys == 0
    groups = groups.astype(np.int64)
    groups[alone] = groups.max(initial=0) + 1 + np.arange(int(alone.sum()))
    return groups
