"""The models in process over a stream, as agents run them, and what they conclude as `detect` would write it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from models.account.sampler import Sampler
from models.account.shard import AccountShard
from models.campaign.campaign import Campaign
from models.campaign.model import CampaignModel
from models.detections.catalogue import detections
from models.detections.detection import Detection
from models.event import Event, decode_events
from models.facts import AccountFacts
from models.link.shard import LinkShard
from models.links import stable_hash
from models.policy import Policy
from models.sighting import Owners, Sightings
from streams.evaluate.exposure import Times
from streams.evaluate.records import AccountRow, CampaignRow, Run, TruthRow
from streams.stack.results import SUSPECT_RISK


class Step(NamedTuple):
    """What the accounts of one partition told the next stage in one go."""

    sample: Owners
    sightings: Sightings


@dataclass(slots=True)
class Accounts:
    """The account stage in `partitions` shards, with the times of everybody's exchanges.

    Args:
        facts: What the provider knows, in order of time; learnt when the stream gets there.
    """

    facts: list[AccountFacts]
    partitions: int = 1
    policy: Policy = field(default_factory=Policy)
    events: int = 0
    _shards: list[AccountShard] = field(init=False)
    _samplers: list[Sampler] = field(init=False)
    _times: dict[str, array[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.facts = sorted(self.facts, key=lambda one: -one.ts)
        self._shards = [AccountShard() for _ in range(self.partitions)]
        self._samplers = [Sampler(self.policy.population_sample) for _ in range(self.partitions)]

    def steps(self, slices: Iterable[Sequence[bytes]]) -> Iterator[Step]:
        """Yield what the shards tell, partition after partition within each slice."""
        for lines in slices:
            events, refused = decode_events(lines)
            assert not refused
            self._learn_facts(max(event.ts for event in events))
            for partition, shard in enumerate(self._shards):
                mine = [one for one in events if self._home(one.account_id) == partition]
                if mine:
                    yield self._step(shard, self._samplers[partition], mine)

    @property
    def counts(self) -> dict[str, int]:
        """Exchanges of each account."""
        return {account: len(times) for account, times in self._times.items()}

    def times(self, truth: dict[str, TruthRow]) -> dict[str, Times]:
        """Return the sorted times of each true campaign's exchanges, epoch milliseconds."""
        found: dict[str, list[Times]] = {}
        for account, some in self._times.items():
            campaign = truth[account].campaign
            if campaign is not None:
                found.setdefault(campaign, []).append(np.array(some, dtype=np.int64))
        return {name: np.sort(np.concatenate(parts)) for name, parts in found.items()}

    def _step(self, shard: AccountShard, sampler: Sampler, events: list[Event]) -> Step:
        outcome = shard.process(events)
        for event, fresh in zip(events, outcome.fresh.tolist(), strict=True):
            if fresh:
                self._times.setdefault(event.account_id, array("q")).append(event.ts)
                self.events += 1
        sample = shard.describe(sampler.choose(shard.bank.rows, outcome.touched))
        return Step(sample["owner"].copy(), outcome.sightings.copy())

    def _learn_facts(self, until: int) -> None:
        while self.facts and self.facts[-1].ts <= until:
            fact = self.facts.pop()
            self._shards[self._home(fact.account_id)].learn_facts(fact)

    def _home(self, account: str) -> int:
        return stable_hash(account) % self.partitions


def conclude(
    steps: Iterable[Step],
    partitions: int = 1,
    catalogue: Sequence[Detection] | None = None,
    policy: Policy | None = None,
    model: CampaignModel | None = None,
) -> CampaignModel:
    """Run the links, in `partitions` shards, and the campaigns over `steps`; the last look is at every group.

    Args:
        model: To begin with, with its own policy and catalogue: one that was taught before.
    """
    if model is None:
        model = CampaignModel(policy or Policy(), catalogue=detections() if catalogue is None else catalogue)
    links = [LinkShard(model.policy) for _ in range(partitions)]
    for step in steps:
        model.learn_population(step.sample)
        home = step.sightings["key"] % np.uint64(partitions)
        for partition, shard in enumerate(links):
            model.process(shard.process(step.sightings[home == partition]))
    model.review()
    return model


def as_run(model: CampaignModel, counts: dict[str, int]) -> Run:
    """Return what `detect` would have written; the rules are those of `streams.stack.results`."""
    names = {stable_hash(account): account for account in counts}
    standing: dict[str, tuple[bool, float, Campaign]] = {}
    alerted = []
    for one in model.campaigns.values():
        if one.status not in ("alert", "watch"):
            continue
        members = [names[account] for account in one.accounts]
        mine = (one.status == "alert", one.opinion.risk, one)
        for account in members:
            if account not in standing or standing[account][:2] < mine[:2]:
                standing[account] = mine
        if one.status == "alert":
            alerted.append(_campaign_row(one, members))
    accounts = {account: _account_row(account, counts[account], standing.get(account)) for account in counts}
    return Run(accounts, alerted, [], {"accounts": len(counts), "campaigns": len(alerted)}, None)


def _campaign_row(campaign: Campaign, members: list[str]) -> CampaignRow:
    return CampaignRow(
        campaign_id=campaign.id,
        risk=campaign.opinion.risk,
        first_alert_ts=campaign.first_alert_ts,
        accounts=len(members),
        events_at_first_alert=campaign.events_at_first_alert,
        detections=[one.detection for one in campaign.opinion.findings],
        members=members,
    )


def _account_row(account: str, events: int, standing: tuple[bool, float, Campaign] | None) -> AccountRow:
    alerted, risk, campaign = standing or (False, 0.0, None)
    verdict = "campaign" if alerted else "suspect" if risk >= SUSPECT_RISK else "clear"
    mine = campaign if alerted else None
    return AccountRow(
        account_id=account,
        risk=risk,
        verdict=verdict,
        campaign_id=mine.id if mine else None,
        first_alert_ts=mine.first_alert_ts if mine else None,
        events=events,
    )
