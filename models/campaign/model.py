"""The campaign model: evidence on links in; alerts, campaigns and their members out.

Pure: what the campaigns agent calls for each message. A group is judged again when its owners have grown by
`LOOK_GROWTH` or much is new of them, and sightings are made at doublings of an account's requests, so a group
costs a logarithmic number of looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np

from models.campaign.book import GroupBook
from models.campaign.group import Group
from models.campaign.judge import Opinion, judge, threshold
from models.detections.case import Case
from models.policy import Policy
from models.population import Population
from models.sighting import Owners, Sightings

LOOK_GROWTH = 1.15
NEWS = 0.5  # sightings per owner and link
_NAMESPACE = uuid5(NAMESPACE_URL, "stillwatch/alert")


@dataclass(slots=True)
class Campaign:
    """What the outside is told of a group.

    Attributes:
        id: Of the group.
        opinion: The latest, or the one that alerted.
        first_alert_ts: Epoch ms; None while watched only.
        members: Dtype `SIGHTING`, as of the latest look.
        merged_into: Id of the campaign that this one became part of.
    """

    id: str
    opinion: Opinion
    members: Sightings
    first_ts: int
    last_ts: int
    links: tuple[tuple[int, str], ...]
    first_alert_ts: int | None = None
    events_at_first_alert: int | None = None
    merged_into: str | None = None
    version: int = 0

    @property
    def alert_id(self) -> UUID:
        """The same for every replay of the same alert."""
        return uuid5(_NAMESPACE, self.id)

    @property
    def status(self) -> str:
        """`watch`, `alert` or `merged`."""
        if self.merged_into is not None:
            return "merged"
        return "watch" if self.first_alert_ts is None else "alert"


@dataclass(frozen=True, slots=True)
class Update:
    """What one message led to: campaigns that changed, and those that alert for the first time."""

    changed: tuple[Campaign, ...] = ()
    alerts: tuple[Campaign, ...] = ()


@dataclass(slots=True)
class CampaignModel:
    """All groups and campaigns, and the population they are compared with."""

    policy: Policy = field(default_factory=Policy)
    population: Population = field(init=False)
    book: GroupBook = field(init=False)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    _judged: set[str] = field(default_factory=set)
    _suspects: set[int] = field(default_factory=set)
    _first_ts: int = 0
    _last_ts: int = 0

    def __post_init__(self) -> None:
        self.population = Population(capacity=self.policy.population_sample)
        self.book = GroupBook(self.policy)

    def learn_population(self, owners: Owners) -> None:
        """Take in a part of the uniform sample of accounts (dtype `OWNER`)."""
        self.population.learn(owners)

    def process(self, links: Sequence[Sightings]) -> Update:
        """Take in the changed owners of watched links (dtype `SIGHTING`, one array per link)."""
        touched: dict[str, Group] = {}
        for sightings in links:
            self._see_time(int(sightings["ts"].max()))
            group = self.book.place(sightings)
            touched[group.id] = group
        changed: dict[str, Campaign] = {}
        alerts = []
        for group in touched.values():
            if group.id not in self.book.groups:
                continue  # merged into another one a moment ago
            campaign, is_new = self._look(group)
            if campaign is not None:
                changed[campaign.id] = campaign
                changed |= {ended.id: ended for ended in self._merge(group, campaign)}
                alerts += [campaign] if is_new else []
        return Update(tuple(changed.values()), tuple(alerts))

    def review(self) -> Update:
        """Look at every group once more, grown or not: at the end of a stream, and now and then."""
        for group in self.book.groups.values():
            group.looked_size = 0
        looked = [self._look(group) for group in self.book.groups.values()]
        return Update(
            tuple(campaign for campaign, _ in looked if campaign is not None),
            tuple(campaign for campaign, is_new in looked if is_new and campaign is not None),
        )

    def _look(self, group: Group) -> tuple[Campaign | None, bool]:
        """Judge a group if it has grown; return its campaign if there is news, and if it alerts now."""
        known = self.campaigns.get(group.id)
        alerted = known is not None and known.first_alert_ts is not None
        grown = group.size >= LOOK_GROWTH * group.looked_size or group.news >= NEWS * group.size
        if not grown and not (alerted and group.size > group.looked_size):
            return None, False
        members = group.members(self.policy.min_dedication)
        if len(np.unique(members["owner"]["org"])) < self.policy.min_accounts:
            return None, False
        group.looked_size = group.size
        if not grown and known is not None:
            return self._note(group, known.opinion, members, known), False
        group.news, group.looks = 0, group.looks + 1
        self._judged.add(group.id)
        needed = threshold(self.policy, len(self._judged), self._last_ts - self._first_ts)
        case = Case(members, self._last_ts, frozenset(group.kinds))
        reference = self.population.owners(self._suspects | set(members["owner"]["account"].tolist()))
        opinion = judge(case, reference, self.policy, needed, group.looks)
        campaign = self._note(group, opinion, members, known)
        is_new = opinion.alert and campaign.first_alert_ts is None
        if is_new:
            campaign.first_alert_ts = self._last_ts
            campaign.events_at_first_alert = int(members["owner"]["events"].sum())
        if campaign.first_alert_ts is not None:
            self._suspects.update(members["owner"]["account"].tolist())
        return campaign, is_new

    def _note(self, group: Group, opinion: Opinion, members: Sightings, known: Campaign | None) -> Campaign:
        """Write down what is known of a campaign; one that alerted keeps its strongest opinion."""
        if known is None:
            known = self.campaigns[group.id] = Campaign(group.id, opinion, members, group.first_ts, self._last_ts, ())
        if known.first_alert_ts is None or opinion.risk >= known.opinion.risk:
            known.opinion = opinion
        known.members, known.version = members, known.version + 1
        known.last_ts = int(members["owner"]["last"].max())
        known.links = tuple((key, link.kind.name.lower()) for key, link in sorted(group.links.items()))
        return known

    def _merge(self, group: Group, campaign: Campaign) -> list[Campaign]:
        """Join groups that have become the same; the earliest alert survives."""
        ended = []
        for other in self.book.join(group):
            old = self.campaigns.get(other.id)
            if old is None:
                continue
            old.merged_into, old.version = campaign.id, old.version + 1
            if old.first_alert_ts is not None and (campaign.first_alert_ts or old.first_alert_ts) >= old.first_alert_ts:
                campaign.first_alert_ts, campaign.opinion = old.first_alert_ts, old.opinion
                campaign.events_at_first_alert = old.events_at_first_alert
            ended.append(old)
        return ended

    def _see_time(self, ts: int) -> None:
        self._first_ts = min(self._first_ts, ts) if self._first_ts else ts
        self._last_ts = max(self._last_ts, ts)
