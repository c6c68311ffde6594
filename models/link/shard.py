"""The link models of one partition: sightings in, the links that deserve a second look out.

A link goes on to the campaigns when enough unrelated accounts hold it. That is a cheap gate, not a verdict: many benign
links pass it, and the campaigns model judges. What it keeps away is the mass: keys of one owner, of one
organisation, and public keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

import numpy as np

from models.link.link import suspect_places
from models.link.owners import OwnerTable
from models.links import LinkKind
from models.policy import Policy
from models.sighting import Sightings, joined

# Looks at a link are spaced geometrically, so that a link costs a logarithmic number of them.
LOOK_GROWTH = 1.25


@dataclass(slots=True)
class LinkShard:
    """All links of one partition."""

    policy: Policy = field(default_factory=Policy)
    table: OwnerTable = field(default_factory=OwnerTable)

    def __post_init__(self) -> None:
        self.table.max_owners = self.policy.max_owners

    def process(self, sightings: Sightings) -> Sightings:
        """Take in sightings; return the owners of watched links that are new or changed, link after link.

        A link that begins to be watched is returned with all its owners.
        """
        places = self.table.learn_places(sightings)
        known, looks = self.table.due(places, self.policy.max_owners)
        begun = [self.table.owners_of(number) for number in looks if self._begins(number)]
        rows = self.table.rows[known]
        return joined([*begun, rows[np.argsort(rows["key"], kind="stable")]])

    def _begins(self, number: int) -> bool:
        """Look at a link by its number, and say whether it is watched from now on."""
        link = self.table.links[number]
        kind, count = LinkKind(int(self.table.rows["kind"][link["first"]])), int(link["count"])
        needed = self._needed(kind)
        if count < needed:
            link["next_look"] = needed
            return False
        link["next_look"] = ceil(LOOK_GROWTH * count)
        suspects = suspect_places(self.table, number, kind, self.policy.min_dedication)
        link["watched"] = len(np.unique(self.table.rows["owner"]["org"][suspects])) >= needed
        return bool(link["watched"])

    def _needed(self, kind: LinkKind) -> int:
        if kind is LinkKind.REASONING:
            return 2
        return 3 if kind in (LinkKind.PAYMENT, LinkKind.SIGNUP) else self.policy.min_accounts
