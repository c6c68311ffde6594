"""Which links belong together: the groups, and how campaigns become one.

Every link is judged with the owners it has, because a union of links snowballs: two prompts that share one phrase
would join two crowds. Only links with nearly the same owners (the twenty keys of one fixed prompt) form one group, so
that a prompt is judged once, not twenty times. What belongs to one campaign although its owners differ from
link to link (variations of a template, a pool that was replaced) is joined after the verdict, campaign by campaign.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest

import numpy as np
from numpy.typing import NDArray

from models.campaign.chains import Chains
from models.campaign.group import Group
from models.link.link import Link
from models.link.owners import OwnerTable
from models.links import LinkKind
from models.policy import Policy
from models.sighting import Sightings, joined, picked

# Links of which this share of all their suspects is common are one group (Jaccard index).
SAME = 0.7
# A card or a registration of more owners than this does not join its owners to those of others: it is a reseller's, or
# common. Pools were reported with tens of accounts on a card.
MOST_JOINED = 256
# Sets the key of a chain apart from that of the card it began with.
_CHAIN = np.uint64(0x5851F42D4C957F2D)
# Leads from the number of a group to another one: a full-period generator of 64 bits (Knuth's MMIX).
_NEXT = 6_364_136_223_846_793_005
# Campaigns of which this share of the smaller one's members is common are one campaign.
COMMON = 0.5


@dataclass(slots=True)
class GroupBook:
    """All groups, by id and by link."""

    policy: Policy = field(default_factory=Policy)
    groups: dict[str, Group] = field(default_factory=dict)
    table: OwnerTable = field(default_factory=OwnerTable)
    _messages: int = 0
    _by_link: dict[int, str] = field(default_factory=dict)
    _by_account: dict[int, set[str]] = field(default_factory=dict)
    _chains: Chains = field(default_factory=Chains)
    _operators: Chains = field(default_factory=Chains)

    def place(self, sightings: Sightings) -> dict[str, Group]:
        """Take in changed owners of links; return the groups of those links, and of the chains that they are in."""
        blocks = sightings["kind"] == LinkKind.REASONING
        if blocks.any():
            sightings = joined([picked(sightings, ~blocks), self._chains.join(picked(sightings, blocks), self.table)])
        known = self.table.used
        changed = self.table.learn_places(sightings)
        identities = self._joining(changed)
        if len(identities):
            chained = self.table.learn_places(self._operators.join(identities, self.table))
            changed = np.concatenate([changed, chained])
        return self._touch(self.table.rows["key"][changed].tolist(), self.table.rows[known : self.table.used])

    def _touch(self, keys: Sequence[int], fresh: Sightings) -> dict[str, Group]:
        """Let groups know what is new of their links, new ones found a group; return the groups, in the order of keys.

        Args:
            keys: Of the links of all owners that changed, a key per owner.
            fresh: The new ones among those owners. Of a link that is new it has all.
        """
        self._messages += 1
        touched: dict[str, Group] = {}
        fresh_keys = fresh["key"].tolist()
        kinds, grown = dict(zip(fresh_keys, fresh["kind"].tolist(), strict=True)), Counter(fresh_keys)
        for key, news in sorted(Counter(keys).items()):
            group = self.groups.get(self._by_link.get(key, ""))
            if group is None:
                group = self._group_for(Link(key, LinkKind(kinds[key]), self.table))
            elif key in grown:
                group.size += grown[key]
            group.news, group.touched = group.news + news, self._messages
            touched[group.id] = group
        for key, account in zip(fresh_keys, fresh["owner"]["account"].tolist(), strict=True):
            self._by_account.setdefault(account, set()).add(self._by_link[key])
        return touched

    def _joining(self, changed: NDArray[np.int64]) -> Sightings:
        """Return the changed owners of cards and registrations as sightings of chains still to be joined."""
        kinds = self.table.rows["kind"][changed]
        mine = (kinds == LinkKind.PAYMENT) | (kinds == LinkKind.SIGNUP)
        identities: Sightings = picked(self.table.rows, changed[mine])
        few = [self.table.count(key) <= MOST_JOINED for key in identities["key"].tolist()]
        identities = picked(identities, np.array(few, dtype=np.bool_))
        identities["kind"] = LinkKind.IDENTITY
        identities["key"] ^= _CHAIN
        return identities

    def part(self, group: Group) -> list[Group]:
        """Move links whose owners have become others than the rest of the group's to groups of their own."""
        parted: list[Group] = []
        if len(group.links) < 2:
            return parted
        everyone = group.accounts(self.policy.min_dedication)
        for key, link in list(group.links.items()):
            if len(group.links) > 1 and len(link.suspect_places(self.policy.min_dedication)) < SAME / 2 * len(everyone):
                parted.append(self._found(group.remove(key)))
        return parted

    def overlapping(self, accounts: Iterable[int]) -> Counter[str]:
        """Return how many of `accounts` were seen on the links of each group."""
        return Counter(group for account in accounts for group in self._by_account.get(account, ()))

    def flag(self, account: int, bit: int, *, on: bool) -> list[Group]:
        """Set or clear a bit of an account's flags on all links; return the groups that it was seen in."""
        groups = [self.groups[group] for group in sorted(self._by_account.get(account, ())) if group in self.groups]
        for group in groups:
            for key in group.links:
                self.table.flag(key, account, bit, on=on)
        return groups

    def forget(self, ids: Sequence[str]) -> None:
        """Forget groups wholly: their links with all owners, which accounts were in them, and what they were joined by.

        A chain's group may go before the groups of its cards, or after them: what comes back of either begins anew.
        """
        gone, keys = set(ids), [key for one in ids for key in self.groups.pop(one).links]
        for key in keys:
            del self._by_link[key]
        self._by_account = {account: left for account, some in self._by_account.items() if (left := some - gone)}
        self._chains.forget(keys)
        self._operators.forget(keys)
        links = np.zeros(self.table.linked, dtype=np.bool_)
        links[[self.table.link_number(key) for key in keys]] = True
        self.table.forget(links)

    def _group_for(self, link: Link) -> Group:
        """Return the group with nearly the same owners as a new link, or a group founded for it."""
        suspects = self.table.rows["owner"]["account"][link.suspect_places(self.policy.min_dedication)].tolist()
        # Of equal ones the first by name: a set's own order differs from process to process, and a model that is put
        # back by reading the evidence again has to come to the same groups.
        overlaps = self.overlapping(suspects).items()
        for group_id, common in nsmallest(3, overlaps, key=lambda one: (-one[1], one[0])):
            group = self.groups[group_id]
            if common < SAME * len(suspects) or group.is_content != link.kind.is_content:
                continue
            if common >= SAME * len(group.accounts(self.policy.min_dedication) | set(suspects)):
                group.add(link)
                self._by_link[link.key] = group.id
                return group
        return self._found(link)

    def _found(self, link: Link) -> Group:
        number = link.key
        while f"C-{number:016x}" in self.groups:  # the link founded a group before, and was parted from it
            number = (number * _NEXT + 1) % 2**64
        group = self.groups[f"C-{number:016x}"] = Group(f"C-{number:016x}", touched=self._messages)
        group.add(link)
        self._by_link[link.key] = group.id
        for account in self.table.rows["owner"]["account"][link.places].tolist():
            self._by_account.setdefault(account, set()).add(group.id)
        return group
