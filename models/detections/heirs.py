"""Heirs of banned accounts."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from models.account.row import BANNED
from models.detections.case import Case
from models.detections.detection import MIN_REFERENCE
from models.detections.sample import fires, some, stays
from models.detections.share_beside import ShareBeside, Shares
from models.evidence import Kind
from models.population import Reference
from models.sighting import Owners

MIN_BANNED = 3


class Heirs(ShareBeside):
    """Members were banned, and others came when they went, who go on where those stopped."""

    id: ClassVar = "SW-L06"
    title: ClassVar = "Heirs of banned accounts"
    kind: ClassVar = Kind.COORDINATION
    facet: ClassVar = "time"
    least: ClassVar = 0.02
    # Bans hit groups of one program or network together by mistake as well; groups differ in it by a factor of 2.2.
    spread: ClassVar = 0.8
    sees: ClassVar = "Members were banned, and others came when they went, who go on where those stopped."
    source: ClassVar = (
        "Reports of 2026: a banned account replaced by a new one; a whole pool replaced, the second taking over the"
        " first one's prompts."
    )
    false_positives: ClassVar = "A program whose users are banned for what it does, and which wins new ones."
    cleared_by: ClassVar = "Members that were there before the bans and are not banned; bans that are taken back."
    runbook: ClassVar = "Plot first and last request of each member; look for a step at the bans."
    samples: ClassVar = (
        fires("a pool that was replaced", flags=some(0.5, BANNED), quiet=some(0.5, 0.5), rate=150),
        stays("users of one program, two of them banned", flags=some(0.05, BANNED)),
    )

    def shares(self, case: Case, reference: Reference) -> Shares | None:
        """Return the share of accounts that are banned, or came after those of the members who are."""
        owners = case.owners
        banned = (owners["flags"] & BANNED) != 0
        if np.count_nonzero(banned) < MIN_BANNED or len(reference.owners) < MIN_REFERENCE:
            return None
        end = int(np.median(owners["last"][banned]))
        inside, outside = _share(owners, end), max(_share(reference.owners, end), self.least)
        heirs = int(np.count_nonzero(~banned & (owners["first"] > end)))
        words = (
            f"{np.count_nonzero(banned)} members are banned, {heirs} came when they had gone, in all {inside:.0%} of"
            f" the members ({outside:.0%} of accounts at large)"
        )
        return Shares(inside, outside, words)


def _share(owners: Owners, end: int) -> float:
    """Return the share of accounts that are banned or first came after `end`."""
    return float(np.mean(((owners["flags"] & BANNED) != 0) | (owners["first"] > end)))
