"""Which links belong together: the groups, and how they join and part.

Rules, in the order they are tried when a link comes in:

1. A link already in a group stays there; its new owners are the group's.
2. A link most of whose owners are in a group joins it. Infrastructure needs nearly all of them, because a
   proxy pool may serve several campaigns.
3. Otherwise it founds a group.

Two groups become one when they have most members in common and are of like size. Groups never join through
infrastructure alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from models.campaign.group import Group
from models.link.link import Link
from models.links import LinkKind
from models.policy import Policy
from models.sighting import Sightings

INSIDE_CONTENT, INSIDE_INFRASTRUCTURE = 0.5, 0.8
LIKE_SIZE = 1 / 3


@dataclass(slots=True)
class GroupBook:
    """All groups, by id and by link."""

    policy: Policy = field(default_factory=Policy)
    groups: dict[str, Group] = field(default_factory=dict)
    _by_link: dict[int, str] = field(default_factory=dict)
    _by_account: dict[int, set[str]] = field(default_factory=dict)

    def place(self, sightings: Sightings) -> Group:
        """Take in the changed owners of one link (at least one); return the link's group."""
        key, kind = int(sightings[0]["key"]), LinkKind(int(sightings[0]["kind"]))
        group = self.groups.get(self._by_link.get(key, ""))
        if group is None:
            group = self._group_for(key, kind, sightings)
        link = group.links[key]
        for sighting in sightings:
            group.news += link.see(sighting)
        self._index(group, link)
        return group

    def groups_of(self, account: int) -> frozenset[str]:
        """Return the ids of the groups on whose links `account` was seen."""
        return frozenset(self._by_account.get(account, ()))

    def join(self, group: Group) -> list[Group]:
        """Merge into `group` what has become the same; return the groups that ended."""
        members = self._suspects(group)
        if len(members) < 2 or not group.has_content:
            return []
        ended = []
        for other_id, common in self._overlaps(members).items():
            other = self.groups[other_id]
            if other is group or not other.has_content:
                continue
            theirs = self._suspects(other)
            smaller, larger = sorted((len(members), len(theirs)))
            if common >= INSIDE_CONTENT * smaller and smaller >= LIKE_SIZE * larger:
                self._absorb(group, other)
                ended.append(other)
        return ended

    def _group_for(self, key: int, kind: LinkKind, sightings: Sightings) -> Group:
        accounts = {int(account) for account in sightings["owner"]["account"]}
        needed = INSIDE_CONTENT if kind.is_content else INSIDE_INFRASTRUCTURE
        overlaps = self._overlaps(accounts)
        best = max(overlaps, key=lambda one: (overlaps[one], one), default=None)
        if best is not None and overlaps[best] >= needed * len(accounts):
            group = self.groups[best]
        else:
            group = Group(f"C-{key:016x}")
            self.groups[group.id] = group
        group.links[key] = Link(key, kind)
        self._by_link[key] = group.id
        return group

    def _overlaps(self, accounts: set[int]) -> Counter[str]:
        return Counter(group for account in accounts for group in self._by_account.get(account, ()))

    def _index(self, group: Group, link: Link) -> None:
        for sighting in link.take_changes():
            self._by_account.setdefault(int(sighting["owner"]["account"]), set()).add(group.id)

    def _suspects(self, group: Group) -> set[int]:
        return {int(account) for account in group.members(self.policy.min_dedication)["owner"]["account"]}

    def _absorb(self, group: Group, other: Group) -> None:
        for key, link in other.links.items():
            group.links[key] = link
            self._by_link[key] = group.id
            for account in link.owners["owner"]["account"]:
                self._by_account[int(account)].add(group.id)
        for ids in self._by_account.values():
            ids.discard(other.id)
        group.looks = max(group.looks, other.looks)
        del self.groups[other.id]
