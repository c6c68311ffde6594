"""The whole of the models in one process: events in, campaigns out.

The three agents of `streams` do the same with topics between the steps. This form is for tests, notebooks and
for reading: `Pipeline.process` shows the path of an event from its account to a verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.account.sampler import Sampler
from models.account.shard import AccountShard
from models.campaign.campaign import Campaign
from models.campaign.model import CampaignModel
from models.event import Event
from models.link.shard import LinkShard
from models.links import stable_hash
from models.policy import Policy
from models.sighting import Sightings


@dataclass(slots=True)
class Pipeline:
    """Accounts, links and campaigns, in `partitions` shards."""

    policy: Policy = field(default_factory=Policy)
    partitions: int = 1
    accounts: list[AccountShard] = field(init=False)
    samplers: list[Sampler] = field(init=False)
    links: list[LinkShard] = field(init=False)
    campaigns: CampaignModel = field(init=False)
    names: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.accounts = [AccountShard() for _ in range(self.partitions)]
        self.samplers = [Sampler(self.policy.population_sample) for _ in range(self.partitions)]
        self.links = [LinkShard(self.policy) for _ in range(self.partitions)]
        self.campaigns = CampaignModel(self.policy)

    def process(self, events: Sequence[Event]) -> list[Campaign]:
        """Apply events and return the campaigns that alert now."""
        self.names.update({stable_hash(event.account_id): event.account_id for event in events})
        alerts: list[Campaign] = []
        for partition, shard in enumerate(self.accounts):
            mine = [event for event in events if stable_hash(event.account_id) % self.partitions == partition]
            if mine:
                outcome = shard.process(mine)
                sample = self.samplers[partition].choose(shard.bank.rows, outcome.touched)
                self.campaigns.learn_population(shard.describe(sample)["owner"])
                alerts += self._follow(outcome.sightings)
        return alerts

    def _follow(self, sightings: Sightings) -> list[Campaign]:
        alerts: list[Campaign] = []
        home = sightings["key"] % np.uint64(self.partitions)
        for partition, shard in enumerate(self.links):
            alerts += self.campaigns.process(shard.process(sightings[home == partition])).alerts
        return alerts
