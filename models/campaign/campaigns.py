"""Which groups are which campaign: how a campaign alerts, what joins it, and who is suspect by that.

Joining follows accounts, not links: what most of a campaign has is a part of it, whatever was asked there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from models.campaign.book import COMMON, GroupBook
from models.campaign.campaign import Campaign
from models.campaign.explaining import is_part
from models.campaign.group import Group
from models.campaign.judge import Opinion, has_two_kinds
from models.campaign.labels import Labels
from models.campaign.ordinary import OrdinaryWealth
from models.policy import Policy

# A group whose members are mostly in a campaign needs less evidence of its own: a third of the way to an alert.
ACCESSORY_RISK = 1 / 3
# Campaigns with so many cards and registrations in common are one operator's, whatever they ask. One is not enough: it
# may be stolen, or be shared by one account that has to do with both.
COMMON_INSTRUMENTS = 2


@dataclass(slots=True)
class Campaigns:
    """All campaigns, in the order in which they were first seen.

    Attributes:
        by_id: Every campaign, those that another one took over included.
        alerted: Those that have alerted, in that order.
        suspects: Numbers of the accounts that teach nobody what is normal.
    """

    policy: Policy
    book: GroupBook
    labels: Labels
    ordinary: OrdinaryWealth
    by_id: dict[str, Campaign] = field(default_factory=dict)
    alerted: list[Campaign] = field(default_factory=list)
    suspects: set[int] = field(default_factory=set)
    _past_version: int = 0  # of campaigns that were forgotten: one that comes back is newer
    _by_group: dict[str, str] = field(default_factory=dict)

    def begin(self, group: Group, opinion: Opinion) -> Campaign:
        """Return the new campaign that a group has become."""
        campaign = self.by_id[group.id] = Campaign(group.id, opinion, group.first_ts, version=self._past_version)
        self._by_group[group.id] = group.id
        return campaign

    def forget(self, groups: Iterable[str]) -> tuple[Campaign, ...]:
        """Forget what groups were, by name; return those that were campaigns."""
        gone = tuple(self.by_id.pop(self._by_group.pop(one)) for one in groups if one in self._by_group)
        self._past_version = max([self._past_version, *(one.forgotten() for one in gone)])
        return gone

    def of(self, group: Group) -> Campaign | None:
        """Return the campaign that a group is by now, if any."""
        return self.by_id.get(self._by_group.get(group.id, ""))

    def rise(self, group: Group, campaign: Campaign, ts: int) -> list[Campaign]:
        """Raise an alert for a watched campaign, or let the alerted one that it is a part of take it over."""
        alert = campaign.opinion.alert or campaign.verdict == "distillation"
        if alert or campaign.opinion.risk >= ACCESSORY_RISK or group.is_identity:
            accounts = campaign.accounts
            for other in (*self.alerted, *self._cleared()):
                if other.merged_into is not None:
                    continue
                if is_part(accounts, other, either=alert or self._may_extend(group, campaign, other)):
                    if group.only_network and not other.only_network:
                        return [campaign]  # the campaign explains why these accounts share a network
                    return self._absorb(campaign, into=other)
                if alert and len(campaign.instruments & other.instruments) >= COMMON_INSTRUMENTS:
                    return self._absorb(campaign, into=other)
        if alert:
            self.alert(campaign, ts)
            return [campaign, *self._gather(campaign)]
        return [campaign]

    def _gather(self, campaign: Campaign) -> list[Campaign]:
        """Let a campaign that alerts take over the watched groups that are parts of it; return what they were."""
        parts: list[Campaign] = []
        for group_id in sorted(self.book.overlapping(campaign.accounts)):
            group = self.book.groups.get(group_id)
            watched = None if group is None else self.of(group)
            if group is None or group.only_network or watched is None or watched.status != "watch":
                continue
            accessory = watched.opinion.risk >= ACCESSORY_RISK or group.is_identity
            either = self._may_extend(group, watched, campaign)
            if accessory and is_part(watched.accounts, campaign, either=either):
                self._absorb(watched, into=campaign)
                parts.append(watched)
        return parts

    def unite(self, campaign: Campaign) -> list[Campaign]:
        """Let alerted campaigns that have grown together become one, the earliest; return what changed.

        A pool can be found by a few of its accounts in two places, before the two have an account in common.
        """
        changed = [campaign]
        near = {self._by_group.get(group_id, "") for group_id in self.book.overlapping(campaign.accounts)}
        for other in (self.by_id[one] for one in sorted(near - {"", campaign.id})):
            if other.status != "alert" or other.only_network or campaign.only_network:
                continue
            if is_part(campaign.accounts, other, either=True):
                later, earlier = sorted((campaign, other), key=lambda one: (-(one.first_alert_ts or 0), one.id))
                self._absorb(later, into=earlier)
                changed += [later, earlier]
                campaign = earlier
        return changed

    def named(self, name: str) -> Campaign | None:
        """Return the campaign of a name, or the one that took it over."""
        campaign = self.by_id.get(name)
        while campaign is not None and campaign.merged_into is not None:
            campaign = self.by_id.get(campaign.merged_into)
        return campaign

    def alert(self, campaign: Campaign, ts: int) -> None:
        """Raise a campaign's first alert, as of the watermark `ts`."""
        campaign.first_alert_ts = ts
        campaign.events_at_first_alert = int(campaign.members["owner"]["events"].sum())
        self.alerted.append(campaign)
        accounts = campaign.accounts
        self.suspects |= accounts
        self.ordinary.forget(self.same(accounts) + campaign.groups)

    def lower(self, campaign: Campaign) -> None:
        """Take a campaign's alert back."""
        campaign.first_alert_ts = campaign.events_at_first_alert = None
        self.alerted.remove(campaign)

    def _absorb(self, campaign: Campaign, *, into: Campaign) -> list[Campaign]:
        into.absorb(campaign)
        for group_id in campaign.groups:
            self._by_group[group_id] = into.id
        if into.status == "alert":
            self.suspects |= into.accounts
        return [into, campaign]

    def same(self, accounts: set[int]) -> list[str]:
        """Return the groups that so many of `accounts` are in that they may be one operation."""
        return [one for one, common in self.book.overlapping(accounts).items() if common >= COMMON * len(accounts)]

    def _may_extend(self, group: Group, watched: Campaign, alerted: Campaign) -> bool:
        """Return whether a watched group may be the rest of an alerted campaign, of which it holds most accounts.

        It is not an alert by itself: users of one prompt with evidence of two kinds among whom a campaign was found.
        """
        opinion = watched.opinion
        strong = opinion.risk >= ACCESSORY_RISK and has_two_kinds(opinion, self.policy)
        return strong and group.is_content and alerted.status == "alert"

    def _cleared(self) -> list[Campaign]:
        """Return what was cleared before it alerted; what is a part of it must not alert in its place."""
        watched = (one for one in self.by_id.values() if one.first_alert_ts is None)
        return [one for one in watched if one.status == "cleared"] if self.labels.campaigns else []

    def suspect(self) -> None:
        """Find anew who is suspect: who is in a campaign that stands, and the accounts that an analyst confirmed."""
        standing = (one.accounts for one in self.alerted if one.status == "alert")
        confirmed = {account for account, verdict in self.labels.accounts.items() if verdict == "distillation"}
        self.suspects = confirmed.union(*standing)
