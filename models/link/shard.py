"""The link models of one partition: sightings in, the links that deserve a second look out.

A link goes on to the campaigns when enough unrelated accounts hold it. That is a cheap gate, not a verdict: many benign
links pass it, and the campaigns model judges. What it keeps away is the mass: keys of one owner, of one
organisation, and public keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.distinct import distinct
from models.link.forgetting import Room, forgettable
from models.link.link import suspect_places
from models.link.owners import OwnerTable
from models.links import LinkKind
from models.policy import Policy
from models.sighting import Sightings, joined, picked

# Looks at a link of many owners are spaced geometrically, so that it costs a logarithmic number of them.
LOOK_GROWTH = 1.125


@dataclass(slots=True)
class LinkShard:
    """All links of one partition."""

    policy: Policy = field(default_factory=Policy)
    table: OwnerTable = field(default_factory=OwnerTable)
    _room: Room = field(init=False)
    _needed: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.table.max_owners = self.policy.max_owners
        self._room = Room(self.policy.link_owners_in_memory)
        self._needed = _needed(self.policy)

    def process(self, sightings: Sightings) -> Sightings:
        """Take in sightings; return the owners of watched links that are new or changed, link after link.

        A link that begins to be watched is returned with all its owners.
        """
        if excess := self._room.excess(self.table.used, len(sightings)):
            self.table.forget(forgettable(self.table, excess))
            self._room.freed(self.table.used)
        places = self.table.learn_places(sightings)
        known, looks = self.table.due(places, self.policy.max_owners, self._needed)
        begun = [self.table.owners_of(number) for number in looks if self._begins(number)]
        keys = self.table.rows["key"][known]
        return joined([*begun, picked(self.table.rows, known[np.argsort(keys, kind="stable")])])

    def _begins(self, number: int) -> bool:
        """Look at a link by its number, and say whether it is watched from now on."""
        link = self.table.links[number]
        kind, count = LinkKind(int(self.table.rows["kind"][link["first"]])), int(link["count"])
        needed = int(self._needed[kind])
        suspects = suspect_places(self.table, number, kind, self.policy.min_dedication)
        unrelated = len(distinct(self.table.rows["owner"]["org"][suspects]))
        # Not before as many came as lack, and then without fail: what is watched must not hang on how owners arrived.
        link["next_look"] = count + max(needed - unrelated, int((LOOK_GROWTH - 1.0) * count), 1)
        link["watched"] = unrelated >= needed
        return bool(link["watched"])


def _needed(policy: Policy) -> NDArray[np.int64]:
    """Return how many owners a link needs, by kind, shape (256,); 0 where there is no such kind: a look will say so."""
    needed = np.zeros(256, dtype=np.int64)
    needed[list(LinkKind)] = policy.min_accounts
    needed[[LinkKind.PAYMENT, LinkKind.SIGNUP]] = 3
    needed[LinkKind.REASONING] = 2
    return needed
