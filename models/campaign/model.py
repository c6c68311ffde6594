"""The campaign model: evidence on links in; alerts, campaigns and their members out.

Pure: what the campaigns agent calls for each message. A group is judged again when it has grown or much is new of its
owners (`Group.is_due`), and sightings are made at doublings of an account's requests, so a group costs a logarithmic
number of looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from models.account.row import CLEARED, VERIFIED
from models.campaign.book import COMMON, GroupBook
from models.campaign.calibration import Calibration
from models.campaign.campaign import Campaign
from models.campaign.campaigns import Campaigns
from models.campaign.explaining import unexplained
from models.campaign.forgetting import dispensable, let_go
from models.campaign.group import SHOWS_NOTHING, Group
from models.campaign.judge import Opinion, has_two_kinds, judge, learn_ordinary, threshold, weighed
from models.campaign.labels import Label, Labels, link_key
from models.campaign.learner import MOST
from models.campaign.lessons import Lessons
from models.campaign.ordinary import NOTABLE, OrdinaryWealth
from models.campaign.update import Update
from models.detections.case import Case
from models.detections.catalogue import detections
from models.detections.detection import Detection
from models.indicators import INDICATED
from models.link.forgetting import Room
from models.links import stable_hash
from models.policy import Policy
from models.population import Population, Reference, without
from models.sighting import Owners, Sightings, picked, raw


@dataclass(slots=True)
class CampaignModel:
    """All groups and campaigns, and the population they are compared with.

    Attributes:
        labels: What analysts found.
        lessons: What their labels teach about others.
        indicated: Link keys that other providers saw a pool share.
        catalogue: What gives evidence; fewer than all detections tell what the others add.
    """

    policy: Policy = field(default_factory=Policy)
    population: Population = field(init=False)
    calibration: Calibration = field(default_factory=Calibration)
    book: GroupBook = field(init=False)
    labels: Labels = field(default_factory=Labels)
    lessons: Lessons = field(default_factory=Lessons)
    indicated: frozenset[int] = frozenset()
    catalogue: Sequence[Detection] = field(default_factory=detections)
    _room: Room = field(init=False)
    _standing: Campaigns = field(init=False)
    _ordinary: OrdinaryWealth = field(default_factory=OrdinaryWealth)
    _first_ts: int = 0
    _last_ts: int = 0

    def __post_init__(self) -> None:
        self.population = Population(capacity=self.policy.population_sample)
        self.book = GroupBook(self.policy)
        self._room = Room(self.policy.campaign_owners_in_memory)
        self._standing = Campaigns(self.policy, self.book, self.labels, self._ordinary)

    @property
    def campaigns(self) -> dict[str, Campaign]:
        """Every campaign by its name, those that another one took over included."""
        return self._standing.by_id

    @property
    def suspects(self) -> set[int]:
        """Numbers of the accounts that teach nobody what is normal."""
        return self._standing.suspects

    def learn_population(self, owners: Owners) -> None:
        """Take in a part of the uniform sample of accounts (dtype `OWNER`); nothing is learnt of suspects."""
        if not len(owners):
            return
        self.population.learn(without(owners, self.suspects))

    def process(self, sightings: Sightings) -> Update:
        """Take in the changed owners of watched links (dtype `SIGHTING`)."""
        if not len(sightings):
            return Update()
        # A card's owner is one of its chain as well.
        excess = self._room.excess(self.book.table.used, 2 * len(sightings))
        forgotten = self._forget(excess) if excess else ()
        self._see_time(int(sightings["ts"].min()), int(sightings["ts"].max()))
        sightings = raw(sightings).copy().view(sightings.dtype)
        self.labels.mark(sightings["owner"])
        return replace(self._look_at(self.book.place(sightings).values()), forgotten=forgotten)

    def _forget(self, excess: int) -> tuple[Campaign, ...]:
        """Forget groups that `excess` owners are in, as far as there are such; return the campaigns they were."""
        gone = dispensable(self.book.groups.values(), self._standing.of, self.labels, excess)
        campaigns = self._standing.forget(gone)
        let_go(gone, self.book, self.calibration, self._ordinary)
        self._room.freed(self.book.table.used)
        return campaigns

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
        alerts = [one for one in touched.values() if self._heed(one)]
        if accounts or touched:
            self._standing.suspect()
        taught = self.study()
        return Update(tuple((touched | {one.id: one for one in taught.changed}).values()), (*alerts, *taught.alerts))

    def study(self) -> Update:
        """Learn from all labels in force, and weigh every campaign that nobody labelled once more.

        What follows depends on the evidence and on the labels, not on which came first: a worker that reads the
        evidence again, with labels heard before, ends where the other one was.
        """
        if not (self.labels.campaigns or self.labels.accounts or self.lessons.labels):
            return Update()
        reference = self.population.reference(self.suspects)
        self.lessons.study(
            self.labels, self.campaigns, self.book.table.rows["owner"][: self.book.table.used], reference
        )
        changed: dict[str, Campaign] = {}
        before = len(self._standing.alerted)
        for campaign in list(self.campaigns.values()):
            if campaign.merged_into is None and campaign.verdict is None and self._reweigh(campaign, reference):
                changed |= {one.id: one for one in (campaign, *self._follow(campaign))}
        alerts = tuple(one for one in self._standing.alerted[before:] if one.id in changed)
        self._standing.suspect()
        return Update(tuple(changed.values()), alerts)

    def _reweigh(self, campaign: Campaign, reference: Reference) -> bool:
        """Let a campaign's opinion follow what labels teach now; return whether that changes it."""
        plain = campaign.opinion.wealth / campaign.opinion.learnt
        if campaign.status == "watch" and plain * MOST < campaign.opinion.threshold:
            return False  # whatever labels say; the next look at it heeds them
        factor = self.lessons.factor(campaign.opinion, campaign.members["owner"], reference)
        if factor == campaign.opinion.learnt:
            return False
        campaign.opinion = weighed(campaign.opinion, factor, self.policy)
        campaign.version += 1
        return True

    def _follow(self, campaign: Campaign) -> list[Campaign]:
        """Raise the alert that a changed opinion asks for, or take back the one that nothing asks for any more."""
        if campaign.status == "alert" and not campaign.opinion.alert:
            self._standing.lower(campaign)
        elif campaign.status == "watch" and campaign.opinion.alert:
            return self._standing.rise(self.book.groups[campaign.groups[0]], campaign, self._last_ts)
        return []

    def review(self) -> Update:
        """Look at every group once more, grown or not: at the end of a stream, and now and then.

        At those that show something twice: what ordinary groups are like is then known from the last look at all of
        them, and not from where each was when it came. The second look is at the same evidence, and is none of its own.
        """
        self.population.forget_reference()
        first = self._look_again(list(self.book.groups.values()))
        telling = [one for one in self.book.groups.values() if one.looked_size and one.wealth >= SHOWS_NOTHING]
        for group in telling:
            group.looks -= 1
        self.calibration.settle()
        updates = (first, self._look_again(telling), self.study())
        changed = {one.id: one for update in updates for one in update.changed}
        return Update(tuple(changed.values()), tuple(alert for update in updates for alert in update.alerts))

    def _look_again(self, groups: Sequence[Group]) -> Update:
        for group in groups:
            group.looked_size = 0
        return self._look_at(groups)

    def _look_at(self, groups: Iterable[Group]) -> Update:
        changed: dict[str, Campaign] = {}
        alerts: list[Campaign] = []
        for group in groups:
            due = group.is_due
            if not due and not self._has_alerted(group):
                continue  # nine touches in ten, so they have to be cheap
            for part in (group, *(self.book.part(group) if due else ())):
                before = len(self._standing.alerted)
                changed |= {campaign.id: campaign for campaign in self._look(part)}
                alerts += self._standing.alerted[before:]
        return Update(tuple(changed.values()), tuple(alerts))

    def _has_alerted(self, group: Group) -> bool:
        known = self._standing.of(group)
        return known is not None and known.first_alert_ts is not None

    def _look(self, group: Group) -> list[Campaign]:
        """Judge a group if it has grown; return the campaigns of which there is news."""
        known = self._standing.of(group)
        alerted = known is not None and known.first_alert_ts is not None
        grown = group.is_due
        if not grown and not (alerted and group.size > group.looked_size):
            return []
        if group.most_members < self.policy.min_accounts:
            return []
        members = group.members(self.policy.min_dedication)
        if group.only_network and not alerted:
            members = unexplained(members, self.suspects)
        judged = picked(members, (members["owner"]["flags"] & VERIFIED) == 0)
        if len(set(judged["owner"]["org"].tolist())) < self.policy.min_accounts or 2 * len(judged) < len(members):
            return self._explained(known, group, members) if known is not None and group.only_network else []
        group.looked_size = group.size
        opinion = self._judge(group, judged) if grown or known is None else known.opinion
        if known is None:
            known = self._standing.begin(group, opinion)
        known.take(group, members, opinion)
        known.verdict = self.labels.verdict_on(known)
        if known.status == "cleared":
            return [known]
        if known.first_alert_ts is None:
            return self._standing.rise(group, known, self._last_ts)
        self._standing.suspects |= known.accounts
        return self._standing.unite(known) if grown else [known]

    def _explained(self, known: Campaign, group: Group, members: Sightings) -> list[Campaign]:
        """Take back what was thought of a network of which alerted campaigns have left too few accounts."""
        if known.status != "watch" or not known.opinion.risk:
            return []
        known.opinion = replace(known.opinion, wealth=0.0, risk=0.0, confidence=0.0)
        known.retake(group, members)
        known.version += 1
        self._ordinary.forget([group.id])
        return [known]

    def _judge(self, group: Group, members: Sightings) -> Opinion:
        group.news, group.looks = 0, group.looks + 1
        needed = threshold(self.policy, self._ordinary.total, self._last_ts - self._first_ts)
        if not self.indicated.isdisjoint(group.links):
            needed /= INDICATED
        case = Case(members, self._last_ts, frozenset(group.kinds))
        reference = self.population.reference(self.suspects)
        opinion = judge(case, reference, self.calibration, self.policy, needed, group.looks, self.catalogue)
        learn_ordinary(group.id, case, opinion, self.calibration)
        opinion = weighed(opinion, self.lessons.factor(opinion, case.owners, reference), self.policy)
        group.wealth = opinion.wealth
        self._learn_ordinary(group, members, opinion)
        return opinion

    def _learn_ordinary(self, group: Group, members: Sightings, opinion: Opinion) -> None:
        accounts = set(members["owner"]["account"].tolist())
        if len(accounts & self.suspects) >= COMMON * len(accounts):
            self._ordinary.forget([group.id])
            return
        wealth = opinion.wealth if has_two_kinds(opinion, self.policy) else 0.0
        peers = self._standing.same(accounts) if wealth >= NOTABLE else ()
        self._ordinary.learn(group.id, wealth, peers)

    def _labelled(self, label: Label) -> list[Campaign]:
        """Return the campaigns that a label of a campaign or of a link is about."""
        if label.entity_type == "campaign":
            campaign = self._standing.named(label.entity_id)
            return [campaign] if campaign is not None else []
        return [one for one in self.campaigns.values() if link_key(label.entity_id) in dict(one.links)]

    def _relabel(self, accounts: Iterable[int]) -> dict[str, Campaign]:
        """Let the owner table and the members of campaigns follow labels of accounts; return those campaigns."""
        groups: dict[str, Group] = {}
        for account in accounts:
            flagged = self.book.flag(account, CLEARED, on=self.labels.clears_account(account))
            groups |= {group.id: group for group in flagged}
        touched: dict[str, Campaign] = {}
        for group in groups.values():
            campaign = self._standing.of(group)
            if campaign is None:
                continue
            campaign.retake(group, group.members(self.policy.min_dedication))
            touched[campaign.id] = campaign
        return touched

    def _heed(self, campaign: Campaign) -> bool:
        """Let a campaign's status follow the labels; return whether that raises its first alert."""
        campaign.verdict = self.labels.verdict_on(campaign)
        campaign.version += 1
        confirmed = campaign.verdict == "distillation"
        if campaign.status == "alert" and not (confirmed or campaign.opinion.alert):
            self._standing.lower(campaign)  # only a label that no longer holds said so
        if campaign.status == "watch" and confirmed:
            self._standing.alert(campaign, self._last_ts)
            return True
        return False

    def _see_time(self, first: int, last: int) -> None:
        self._first_ts = min(self._first_ts, first) if self._first_ts else first
        self._last_ts = max(self._last_ts, last)
