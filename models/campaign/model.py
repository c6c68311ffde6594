"""The campaign model: evidence on links in; alerts, campaigns and their members out.

Pure: what the campaigns agent calls for each message. A group is judged again when it has grown or much is new of its
owners (`Group.is_due`), and sightings are made at doublings of an account's requests, so a group costs a logarithmic
number of looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.account.row import CLEARED, VERIFIED
from models.campaign.book import COMMON, GroupBook
from models.campaign.calibration import Calibration
from models.campaign.campaign import Campaign
from models.campaign.group import Group
from models.campaign.judge import Opinion, judge, learn_ordinary, threshold
from models.campaign.labels import Label, Labels, link_key
from models.detections.case import Case
from models.detections.catalogue import detections
from models.detections.detection import Detection
from models.indicators import INDICATED
from models.links import stable_hash
from models.policy import Policy
from models.population import Population
from models.sighting import Owners, Sightings

# A group whose members are mostly in a campaign needs less evidence of its own: a third of the way to an alert.
ACCESSORY_RISK = 1 / 3
# Campaigns with so many cards and registrations in common are one operator's, whatever they ask. One is not enough: it
# may be stolen, or be shared by one account that has to do with both.
COMMON_INSTRUMENTS = 2


@dataclass(frozen=True, slots=True)
class Update:
    """What one message led to: campaigns that changed, and those that alert for the first time."""

    changed: tuple[Campaign, ...] = ()
    alerts: tuple[Campaign, ...] = ()


@dataclass(slots=True)
class CampaignModel:
    """All groups and campaigns, and the population they are compared with.

    Attributes:
        labels: What analysts found.
        indicated: Link keys that other providers saw a pool share.
        catalogue: What gives evidence; fewer than all detections tell what the others add.
    """

    policy: Policy = field(default_factory=Policy)
    population: Population = field(init=False)
    calibration: Calibration = field(default_factory=Calibration)
    book: GroupBook = field(init=False)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    labels: Labels = field(default_factory=Labels)
    indicated: frozenset[int] = frozenset()
    catalogue: Sequence[Detection] = field(default_factory=detections)
    _by_group: dict[str, str] = field(default_factory=dict)
    _alerted: list[Campaign] = field(default_factory=list)
    _judged: dict[str, float] = field(default_factory=dict)
    _wealth: float = 0.0
    _suspects: set[int] = field(default_factory=set)
    _first_ts: int = 0
    _last_ts: int = 0

    def __post_init__(self) -> None:
        self.population = Population(capacity=self.policy.population_sample)
        self.book = GroupBook(self.policy)

    def learn_population(self, owners: Owners) -> None:
        """Take in a part of the uniform sample of accounts (dtype `OWNER`); nothing is learnt of suspects."""
        if not len(owners):
            return
        self.population.learn(owners[~np.isin(owners["account"], np.array(list(self._suspects), dtype=np.uint64))])

    def process(self, sightings: Sightings) -> Update:
        """Take in the changed owners of watched links (dtype `SIGHTING`)."""
        if not len(sightings):
            return Update()
        self._see_time(int(sightings["ts"].min()), int(sightings["ts"].max()))
        sightings = sightings.copy()
        self.labels.mark(sightings["owner"])
        return self._look_at(self.book.place(sightings).values())

    def learn_label(self, label: Label) -> Update:
        """Take in what an analyst found; see `learn_labels`."""
        return self.learn_labels([label])

    def learn_labels(self, labels: Iterable[Label]) -> Update:
        """Take in what analysts found; return the campaigns that this changed, and those that it confirmed.

        Benign and permitted clear: a campaign's status, an account's membership, a link's weight; and who is cleared
        teaches the population again. Distillation confirms: a campaign alerts, whatever its evidence, and an account
        teaches nobody what is normal. What a label is about need not be known yet.
        """
        accounts: set[int] = set()
        touched: dict[str, Campaign] = {}
        for label in labels:
            self.labels.learn(label)
            if label.entity_type == "account":
                accounts.add(stable_hash(label.entity_id))
            else:
                touched |= {one.id: one for one in self._labelled(label)}
        touched |= self._relabel(accounts)
        alerts = tuple(one for one in touched.values() if self._heed(one))
        if accounts or touched:
            self._suspects = self._suspected()
        return Update(tuple(touched.values()), alerts)

    def review(self) -> Update:
        """Look at every group once more, grown or not: at the end of a stream, and now and then."""
        for group in self.book.groups.values():
            group.looked_size = 0
        return self._look_at(list(self.book.groups.values()))

    def _look_at(self, groups: Iterable[Group]) -> Update:
        changed: dict[str, Campaign] = {}
        alerts: list[Campaign] = []
        for group in groups:
            for part in (group, *self._part(group)):
                before = len(self._alerted)
                changed |= {campaign.id: campaign for campaign in self._look(part)}
                alerts += self._alerted[before:]
        return Update(tuple(changed.values()), tuple(alerts))

    def _part(self, group: Group) -> list[Group]:
        return self.book.part(group) if group.is_due else []

    def _look(self, group: Group) -> list[Campaign]:
        """Judge a group if it has grown; return the campaigns of which there is news."""
        known = self.campaigns.get(self._by_group.get(group.id, ""))
        alerted = known is not None and known.first_alert_ts is not None
        grown = group.is_due
        if not grown and not (alerted and group.size > group.looked_size):
            return []
        members = group.members(self.policy.min_dedication)
        judged = members[(members["owner"]["flags"] & VERIFIED) == 0]
        if len(np.unique(judged["owner"]["org"])) < self.policy.min_accounts or 2 * len(judged) < len(members):
            return []
        group.looked_size = group.size
        opinion = self._judge(group, judged) if grown or known is None else known.opinion
        if known is None:
            known = self.campaigns[group.id] = Campaign(group.id, opinion, group.first_ts)
            self._by_group[group.id] = group.id
        known.take(group, members, opinion)
        known.verdict = self.labels.verdict_on(known)
        if known.status == "cleared":
            return [known]
        if known.first_alert_ts is None:
            return self._rise(group, known)
        self._suspects |= known.accounts
        return [known]

    def _judge(self, group: Group, members: Sightings) -> Opinion:
        group.news, group.looks = 0, group.looks + 1
        needed = threshold(self.policy, self._wealth, self._last_ts - self._first_ts)
        if not self.indicated.isdisjoint(group.links):
            needed /= INDICATED
        case = Case(members, self._last_ts, frozenset(group.kinds))
        reference = self.population.reference(self._suspects)
        opinion = judge(case, reference, self.calibration, self.policy, needed, group.looks, self.catalogue)
        learn_ordinary(group.id, case, opinion, self.calibration)
        group.wealth = opinion.wealth
        self._wealth += min(opinion.wealth, 1.0) - self._judged.get(group.id, 0.0)
        self._judged[group.id] = min(opinion.wealth, 1.0)
        return opinion

    def _rise(self, group: Group, campaign: Campaign) -> list[Campaign]:
        """Raise an alert for a watched campaign, or let the alerted one that it is a part of take it over."""
        alert = campaign.opinion.alert or campaign.verdict == "distillation"
        if alert or campaign.opinion.risk >= ACCESSORY_RISK or group.is_identity:
            accounts = campaign.accounts
            for other in (*self._alerted, *self._cleared()):
                if other.merged_into is not None:
                    continue
                if self._is_part(accounts, other, alert=alert):
                    if group.is_network and not other.is_network:
                        return [campaign]  # the campaign explains why these accounts share a network
                    return self._absorb(campaign, into=other)
                if alert and len(campaign.instruments & other.instruments) >= COMMON_INSTRUMENTS:
                    return self._absorb(campaign, into=other)
        if alert:
            self._alert(campaign)
            return [campaign, *self._gather(campaign)]
        return [campaign]

    def _gather(self, campaign: Campaign) -> list[Campaign]:
        """Let a campaign that alerts take over the watched groups that are parts of it; return what they were."""
        parts: list[Campaign] = []
        for group_id in sorted(self.book.overlapping(campaign.accounts)):
            group, watched = self.book.groups.get(group_id), self.campaigns.get(self._by_group.get(group_id, ""))
            if group is None or group.is_network or watched is None or watched.status != "watch":
                continue
            accessory = watched.opinion.risk >= ACCESSORY_RISK or group.is_identity
            if accessory and self._is_part(watched.accounts, campaign, alert=False):
                self._absorb(watched, into=campaign)
                parts.append(watched)
        return parts

    def _alert(self, campaign: Campaign) -> None:
        campaign.first_alert_ts = self._last_ts
        campaign.events_at_first_alert = int(campaign.members["owner"]["events"].sum())
        self._alerted.append(campaign)
        self._suspects |= campaign.accounts

    def _labelled(self, label: Label) -> list[Campaign]:
        """Return the campaigns that a label of a campaign or of a link is about."""
        if label.entity_type == "campaign":
            campaign = self.campaigns.get(label.entity_id)
            while campaign is not None and campaign.merged_into is not None:
                campaign = self.campaigns.get(campaign.merged_into)
            return [campaign] if campaign is not None else []
        return [one for one in self.campaigns.values() if link_key(label.entity_id) in dict(one.links)]

    def _relabel(self, accounts: Iterable[int]) -> dict[str, Campaign]:
        """Let the owner table and the members of campaigns follow labels of accounts; return those campaigns."""
        groups: dict[str, Group] = {}
        for account in accounts:
            flagged = self.book.flag(account, CLEARED, on=self.labels.clears_account(account))
            groups |= {group.id: group for group in flagged if group.id in self._by_group}
        touched: dict[str, Campaign] = {}
        for group in groups.values():
            campaign = self.campaigns[self._by_group[group.id]]
            campaign.retake(group, group.members(self.policy.min_dedication))
            touched[campaign.id] = campaign
        return touched

    def _heed(self, campaign: Campaign) -> bool:
        """Let a campaign's status follow the labels; return whether that raises its first alert."""
        campaign.verdict = self.labels.verdict_on(campaign)
        campaign.version += 1
        confirmed = campaign.verdict == "distillation"
        if campaign.status == "alert" and not (confirmed or campaign.opinion.alert):
            campaign.first_alert_ts = campaign.events_at_first_alert = None  # only a label that no longer holds said so
            self._alerted.remove(campaign)
        if campaign.status == "watch" and confirmed:
            self._alert(campaign)
            return True
        return False

    def _cleared(self) -> list[Campaign]:
        """Return what was cleared before it alerted; what is a part of it must not alert in its place."""
        watched = (one for one in self.campaigns.values() if one.first_alert_ts is None)
        return [one for one in watched if one.status == "cleared"] if self.labels.campaigns else []

    def _suspected(self) -> set[int]:
        """Return the members of every campaign that stands, and the accounts that an analyst confirmed."""
        standing = (one.accounts for one in self._alerted if one.status == "alert")
        confirmed = {account for account, verdict in self.labels.accounts.items() if verdict == "distillation"}
        return confirmed.union(*standing)

    def _is_part(self, accounts: set[int], other: Campaign, *, alert: bool) -> bool:
        theirs = other.accounts
        smaller = min(len(accounts), len(theirs)) if alert else len(accounts)
        return len(accounts & theirs) >= COMMON * smaller

    def _absorb(self, campaign: Campaign, *, into: Campaign) -> list[Campaign]:
        into.absorb(campaign)
        for group_id in campaign.groups:
            self._by_group[group_id] = into.id
        if into.status == "alert":
            self._suspects |= into.accounts
        return [into, campaign]

    def _see_time(self, first: int, last: int) -> None:
        self._first_ts = min(self._first_ts, first) if self._first_ts else first
        self._last_ts = max(self._last_ts, last)
