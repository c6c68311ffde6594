"""Unusual accounts."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from models.detections.case import Case
from models.detections.detection import MIN_MEMBERS, MIN_REFERENCE, Detection, Measurement
from models.detections.sample import fires, stays
from models.evidence import Kind
from models.population import Reference
from models.ranks import median, midranks, quantile
from models.sighting import Owners, picked
from models.unusual import SCORED

# As for other rankings of members: how benign groups differ in the mean rank of their members.
SPREAD = 0.2


class UnusualAccounts(Detection):
    """Members are unlike accounts at large in many small ways at once."""

    id: ClassVar = "SW-A06"
    title: ClassVar = "Unusual accounts"
    kind: ClassVar = Kind.ACCOUNT
    # Reported and not counted: any group of heavy users is unusual; what tells a campaign apart is measured by others.
    status: ClassVar[Literal["experimental", "stable"]] = "experimental"
    sees: ClassVar = "Members are unlike accounts at large in many small ways at once."
    source: ClassVar = "HalfSpaceTrees (Tan, Ting and Liu, IJCAI 2011) over rates, sessions, tokens and cadence."
    false_positives: ClassVar = "Any group of heavy or specialised users."
    cleared_by: ClassVar = "Nothing by itself; it is a hint where to look."
    runbook: ClassVar = "Compare the members' rows in v_accounts with those of other accounts on their plan."
    samples: ClassVar = (
        fires("a pool that never sleeps", rate=400, one_shot=1, awake=24, gap_sd=0.1, gap_mean=0.5),
        stays("people"),
    )

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Rank the members' anomaly scores among those of accounts at large."""
        if reference.unusual is None:
            return None
        scores_of = reference.unusual.scores
        normal: NDArray[np.float64] = reference.derived(self.id, lambda owners: np.sort(scores_of(_some(owners))))
        if len(case.owners) < MIN_MEMBERS or len(normal) < MIN_REFERENCE or normal[-1] == 0.0:
            return None
        values = scores_of(_some(case.owners))
        rank = float(np.add.reduce(midranks(values, normal))) / len(values)
        values.sort()
        middle, low, high = median(values), quantile(normal, 0.025), quantile(normal, 0.975)
        return Measurement(
            value=middle,
            normal=(low, high),
            z=(rank - 0.5) / math.sqrt(SPREAD**2 + 1.0 / (12 * len(values))),
            members=len(values),
            words=(
                f"{self.title}: the median member's anomaly score is {middle:.2f}, above {rank:.0%} of"
                f" accounts (95 % of accounts lie between {low:.2f} and {high:.2f})"
            ),
        )


def _some(owners: Owners) -> Owners:
    """Return at most `SCORED` accounts, those with the smallest hashes: a uniform sample that stays the same."""
    return picked(owners, np.argsort(owners["account"])[:SCORED])
