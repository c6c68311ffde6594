"""The link models of one partition: sightings in, the links that deserve a second look out.

A link goes on to the campaigns when enough unrelated accounts hold it. That is a cheap gate, not a verdict: many benign
links pass it, and the campaigns model judges. What it keeps away is the mass: keys of one owner, of one
organisation, and public keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

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
    _next_look: dict[int, int] = field(default_factory=dict)

    def process(self, sightings: Sightings) -> Sightings:
        """Take in sightings; return the owners of watched links that are new or changed, link after link.

        A link that begins to be watched is returned with all its owners.
        """
        changed = self.table.learn(sightings)
        keys, first = np.unique(changed["key"], return_index=True)
        new: list[Sightings] = []
        told: list[int] = []
        for key, kind in zip(keys.tolist(), changed["kind"][first].tolist(), strict=True):
            count = self.table.count(key)
            if key in self._watched:
                if count <= self.policy.max_owners:
                    told.append(key)
            elif count >= self._next_look.get(key, 2) and self._deserves_a_look(key, LinkKind(kind), count):
                self._watched.add(key)
                new.append(self.table.of(key))
        known = changed[np.isin(changed["key"], np.array(told, dtype=np.uint64))]
        return np.concatenate([*new, known[np.argsort(known["key"], kind="stable")]]).astype(SIGHTING, copy=False)

    def _deserves_a_look(self, key: int, kind: LinkKind, count: int) -> bool:
        needed = self._needed(kind)
        if count < needed:
            self._next_look[key] = needed
            return False
        self._next_look[key] = ceil(LOOK_GROWTH * count)
        suspects = Link(key, kind, self.table).suspects(self.policy.min_dedication)
        return len(np.unique(suspects["owner"]["org"])) >= needed

    def _needed(self, kind: LinkKind) -> int:
        if kind is LinkKind.REASONING:
            return 2
        return 3 if kind in (LinkKind.PAYMENT, LinkKind.SIGNUP) else self.policy.min_accounts
