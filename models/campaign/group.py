"""A group: the accounts that share suspicious links, and which links those are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.link.link import EXEMPT, Link, needed_dedication
from models.link.owners import OwnerTable
from models.links import LinkKind
from models.sighting import Sightings, picked

# A group is due when its owners have grown by this factor since the last look, or with so many sightings per owner and
# link. Nine groups in ten never show anything, and looking at them was most of the cost.
GROWTH, NEWS = 1.25, 1.0
DULL_GROWTH, DULL_NEWS = 2.0, 4.0
SHOWS_NOTHING = 0.05
# Share of the typical member's dedication that a member has at least.
LIKE_OTHERS = 0.6


@dataclass(slots=True)
class Group:
    """Accounts joined by links with nearly the same owners, as one possible campaign or a part of one.

    Attributes:
        id: Never reused.
        links: By key, see `add`. Their owners are the group's candidates.
        size: Owners summed over links: a cheap sign of growth. Kept as a number, because it is asked for with every
            sighting; whoever lets a link grow says so here.
        looks: How often the group was judged; looks share one coin (`models.evidence.look_share`).
        looked_size: `size` at the last look.
        news: Sightings taken in since the last look.
        wealth: Evidence at the last look; before the first one, enough for a second.
        touched: Number of the message that last had sightings of it.
    """

    id: str
    links: dict[int, Link] = field(default_factory=dict)
    size: int = 0
    looks: int = 0
    looked_size: int = 0
    news: int = 0
    wealth: float = 1.0
    touched: int = 0

    def add(self, link: Link) -> None:
        """Take in a link with all owners that it has."""
        self.links[link.key] = link
        self.size += link.count

    def remove(self, key: int) -> Link:
        """Let go of a link, and return it."""
        link = self.links.pop(key)
        self.size -= link.count
        return link

    def members(self, min_dedication: float) -> Sightings:
        """Return one sighting per member, that on its most used link; dtype `SIGHTING`.

        Members are the suspects of at least half the links: of a fixed prompt's twenty keys, a passer-by has one.
        And they are about as dedicated as the others: who tries a pool's prompt now and then is not of the pool.
        """
        return picked(self._table.rows, self._member_places(min_dedication))

    def accounts(self, min_dedication: float) -> set[int]:
        """Return the hashes of the members."""
        places = self._member_places(min_dedication)
        return set(self._table.rows["owner"]["account"][places].tolist())

    def _member_places(self, min_dedication: float) -> NDArray[np.int64]:
        needed = [needed_dedication(link.kind, min_dedication) for link in self.links.values()]
        return self._table.holders_of(tuple(self.links), EXEMPT, needed, LIKE_OTHERS if self.is_content else 0.0)

    @property
    def _table(self) -> OwnerTable:
        return next(iter(self.links.values())).table  # all links of a group are in one

    @property
    def is_due(self) -> bool:
        """Whether so much is new that the group is to be judged again; of what showed nothing, more has to be new."""
        growth, news = (GROWTH, NEWS) if self.wealth >= SHOWS_NOTHING else (DULL_GROWTH, DULL_NEWS)
        if self.news < min(growth - 1.0, news) * self.looked_size:
            return False  # each new owner is news, so it cannot have grown enough either; nine touches in ten end here
        return self.size >= growth * self.looked_size or self.news >= news * self.size

    @property
    def most_members(self) -> int:
        """How many members there are at most, without counting them: each is an owner of at least half the links."""
        return 2 * self.size // len(self.links)

    @property
    def is_content(self) -> bool:
        """Whether what was asked holds the group together, and not who asked or from where."""
        return any(link.kind.is_content for link in self.links.values())

    @property
    def is_identity(self) -> bool:
        """Whether the group is who pays and who registered."""
        return all(link.kind.is_identity for link in self.links.values())

    @property
    def only_network(self) -> bool:
        """Whether the group is where requests come from, and nothing else."""
        return all(link.kind.is_network for link in self.links.values())

    @property
    def first_ts(self) -> int:
        """Time of the first event on any of the group's links, epoch ms."""
        first = self._table.rows["link_first"]
        return min(int(first[link.places].min()) for link in self.links.values())

    @property
    def kinds(self) -> set[LinkKind]:
        """The kinds of links that hold the group together."""
        return {link.kind for link in self.links.values()}
