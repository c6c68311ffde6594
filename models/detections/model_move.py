"""Accounts that move to a new model together."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.case import Case
from models.detections.detection import MIN_MEMBERS, MIN_REFERENCE
from models.detections.sample import NOW, fires, some, stays
from models.detections.share_beside import ShareBeside, Shares
from models.distinct import counted
from models.evidence import Kind
from models.population import Reference
from models.sighting import Owners

DAY_MS = 86_400_000
MIN_MOVED = 5


class ModelMove(ShareBeside):
    """Members moved to one model within a day, where accounts at large took their time."""

    id: ClassVar = "SW-L08"
    title: ClassVar = "Moved to a model together"
    kind: ClassVar = Kind.COORDINATION
    facet: ClassVar = "time"
    least: ClassVar = 0.05
    # Testers and early adopters flock to a release as well: groups differ in how many move by a factor of 2.
    spread: ClassVar = 0.7
    sees: ClassVar = "Members moved to one model within a day, where accounts at large took their time."
    source: ClassVar = "Reports of 2026: nearly half of one campaign's traffic moved within 24 hours of a release."
    false_positives: ClassVar = "A program that changes its default model; testers on the day of a release."
    cleared_by: ClassVar = "Old, unrelated accounts; a program whose users all moved."
    runbook: ClassVar = "Group events of the members by model and day."
    samples: ClassVar = (
        fires("a pool that moves at once", model=2, model_since=NOW - 1_000),
        stays("people who stay"),
        stays("a few who try a release", model=some(0.1, 2.0, 1.0), model_since=some(0.1, NOW - 1.0)),
    )

    def shares(self, case: Case, reference: Reference) -> Shares | None:
        """Return the share of accounts that moved to one model within the day in which most members did."""
        owners = case.owners
        moved = _moves(owners)
        if np.count_nonzero(moved) < MIN_MOVED or len(owners) < MIN_MEMBERS or len(reference.owners) < MIN_REFERENCE:
            return None
        models, counts = counted(owners["model"][moved])
        model = models[counts.argmax()]
        times = np.sort(owners["model_since"][moved & (owners["model"] == model)])
        within = np.searchsorted(times, times + DAY_MS, side="right") - np.arange(len(times))
        begin = int(times[within.argmax()])
        inside = float(within.max()) / len(owners)
        outside = max(_share(reference.owners, int(model), begin), self.least)
        words = f"{inside:.0%} of the members moved to one model within a day, of accounts at large {outside:.0%} did"
        return Shares(inside, outside, words)


def _moves(owners: Owners) -> NDArray[np.bool_]:
    """Return which accounts use another model than at their first request."""
    moves: NDArray[np.bool_] = owners["model_since"] > owners["first"]
    return moves


def _share(owners: Owners, model: int, begin: int) -> float:
    """Return the share of accounts that moved to `model` within a day from `begin`."""
    in_time = (owners["model_since"] >= begin) & (owners["model_since"] <= begin + DAY_MS)
    return float(np.mean(_moves(owners) & (owners["model"] == model) & in_time))
