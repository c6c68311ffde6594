"""The link models of one partition: sightings in, the links that deserve a second look out.

A link goes on to the campaigns when enough unrelated accounts hold it. That is a cheap gate, not a verdict:
many benign links pass it, and the campaigns model judges. What it keeps away is the mass: keys of one owner,
of one organisation, and public keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from models.link.link import Link
from models.links import LinkKind
from models.policy import Policy
from models.sighting import Sightings

# Looks at a link are spaced geometrically, so that a link costs a logarithmic number of them.
LOOK_GROWTH = 1.25


@dataclass(slots=True)
class LinkShard:
    """All links of one partition.

    Keys with one owner are the great majority; they are kept as a single record until a second account comes.
    """

    policy: Policy = field(default_factory=Policy)
    links: dict[int, Link] = field(default_factory=dict)
    _single: dict[int, np.void] = field(default_factory=dict)

    def process(self, sightings: Sightings) -> list[Sightings]:
        """Take in sightings; return, per watched link that changed, the owners that are new or changed."""
        changed: dict[int, Link] = {}
        for sighting in sightings:
            link = self._link_of(sighting)
            if link is not None and link.see(sighting):
                changed[link.key] = link
        return [link.take_changes() for link in self._watched(changed.values())]

    def _link_of(self, sighting: np.void) -> Link | None:
        """Return the link of `sighting`, or None while the key has a single owner."""
        key = int(sighting["key"])
        link = self.links.get(key)
        if link is not None:
            return link
        first = self._single.get(key)
        if first is None or first["owner"]["account"] == sighting["owner"]["account"]:
            self._single[key] = sighting.copy()
            return None
        link = self.links[key] = Link(key, LinkKind(int(sighting["kind"])))
        link.see(self._single.pop(key))
        return link

    def _watched(self, links: Iterable[Link]) -> Iterable[Link]:
        for link in links:
            if not link.watched and link.count >= LOOK_GROWTH * link.judged:
                link.judged = link.count
                link.watched = self._deserves_a_look(link)
            if link.watched and link.count <= self.policy.max_owners:
                yield link

    def _deserves_a_look(self, link: Link) -> bool:
        if link.kind is LinkKind.REASONING:
            needed = 2
        elif link.kind in (LinkKind.PAYMENT, LinkKind.SIGNUP):
            needed = 3
        else:
            needed = self.policy.min_accounts
        return link.count >= needed and link.unrelated(self.policy.min_dedication) >= needed
