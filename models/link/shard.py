"""The link models of one partition: sightings in, the links that deserve a second look out.

A link goes on to the campaigns when enough unrelated accounts hold it. That is a cheap gate, not a verdict: many benign
links pass it, and the campaigns model judges. What it keeps away is the mass: keys of one owner, of one
organisation, and public keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from models.link.link import Link
from models.link.owners import OwnerTable
from models.links import LinkKind
from models.policy import Policy
from models.sighting import SIGHTING, Sightings

# Looks at a link are spaced geometrically, so that a link costs a logarithmic number of them.
LOOK_GROWTH = 1.25


@dataclass(slots=True)
class LinkShard:
    """All links of one partition."""

    policy: Policy = field(default_factory=Policy)
    table: OwnerTable = field(default_factory=OwnerTable)
    _watched: set[int] = field(default_factory=set)
    _looked: dict[int, int] = field(default_factory=dict)

    def process(self, sightings: Sightings) -> Sightings:
        """Take in sightings; return the owners of watched links that are new or changed, link after link.

        A link that begins to be watched is returned with all its owners.
        """
        changed = self.table.learn(sightings)
        keys, first = np.unique(changed["key"], return_index=True)
        new: list[Sightings] = []
        told: list[int] = []
        for key, kind in zip(keys.tolist(), changed["kind"][first].tolist(), strict=True):
            if key in self._watched:
                if self.table.count(key) <= self.policy.max_owners:
                    told.append(key)
            elif self._deserves_a_look(Link(key, LinkKind(kind), self.table)):
                self._watched.add(key)
                new.append(self.table.of(key))
        known = changed[np.isin(changed["key"], np.array(told, dtype=np.uint64))]
        return np.concatenate([*new, known[np.argsort(known["key"], kind="stable")]]).astype(SIGHTING, copy=False)

    def _deserves_a_look(self, link: Link) -> bool:
        needed = self._needed(link.kind)
        count = link.count
        if count < max(needed, LOOK_GROWTH * self._looked.get(link.key, 0)):
            return False
        self._looked[link.key] = count
        suspects = link.suspects(self.policy.min_dedication)
        return len(np.unique(suspects["owner"]["org"])) >= needed

    def _needed(self, kind: LinkKind) -> int:
        if kind is LinkKind.REASONING:
            return 2
        return 3 if kind in (LinkKind.PAYMENT, LinkKind.SIGNUP) else self.policy.min_accounts
