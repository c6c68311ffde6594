"""Which links belong together: the groups, and how campaigns become one.

Every link is judged with the owners it has, because a union of links snowballs: two prompts that share one phrase
would join two crowds. Only links with nearly the same owners (the twenty keys of one fixed prompt) form one group, so
that a prompt is judged once, not twenty times. What belongs to one campaign although its owners differ from
link to link (variations of a template, a pool that was replaced) is joined after the verdict, campaign by campaign.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from models.campaign.group import Group
from models.link.link import Link
from models.links import LinkKind
from models.policy import Policy
from models.sighting import Sightings

# Links of which this share of all their suspects is common are one group (Jaccard index).
SAME = 0.7
# Campaigns of which this share of the smaller one's members is common are one campaign.
COMMON = 0.5


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
        link = Link(key, kind) if group is None else group.links[key]
        for sighting in sightings:
            known = link.see(sighting)
            if group is not None:
                group.news += known
        if group is None:
            group = self._group_for(link)
            group.news += link.count
        self._index(group, link)
        return group

    def part(self, group: Group) -> list[Group]:
        """Move links whose owners have become others than the rest of the group's to groups of their own."""
        parted: list[Group] = []
        if len(group.links) < 2:
            return parted
        everyone = self.suspects(group)
        for key, link in list(group.links.items()):
            if len(group.links) > 1 and link.suspects(self.policy.min_dedication).sum() < SAME / 2 * len(everyone):
                del group.links[key]
                alone = self._found(link)
                self._index_all(alone, link)
                parted.append(alone)
        return parted

    def suspects(self, group: Group) -> set[int]:
        """Return the hashes of a group's suspect accounts."""
        return set(group.members(self.policy.min_dedication)["owner"]["account"].tolist())

    def overlapping(self, accounts: Iterable[int]) -> Counter[str]:
        """Return how many of `accounts` were seen on the links of each group."""
        return Counter(group for account in accounts for group in self._by_account.get(account, ()))

    def _group_for(self, link: Link) -> Group:
        """Return the group with nearly the same owners as a new link, or a group founded for it."""
        suspects = link.owners["owner"]["account"][link.suspects(self.policy.min_dedication)].tolist()
        for group_id, common in self.overlapping(suspects).most_common(3):
            group = self.groups[group_id]
            if common < SAME * len(suspects) or group.is_content != link.kind.is_content:
                continue
            if common >= SAME * len(self.suspects(group) | set(suspects)):
                group.links[link.key] = link
                self._by_link[link.key] = group.id
                return group
        return self._found(link)

    def _found(self, link: Link) -> Group:
        group = Group(f"C-{link.key:016x}", {link.key: link})
        self.groups[group.id] = group
        self._by_link[link.key] = group.id
        return group

    def _index(self, group: Group, link: Link) -> None:
        for account in link.take_changes()["owner"]["account"].tolist():
            self._by_account.setdefault(account, set()).add(group.id)

    def _index_all(self, group: Group, link: Link) -> None:
        for account in link.owners["owner"]["account"].tolist():
            self._by_account.setdefault(account, set()).add(group.id)
