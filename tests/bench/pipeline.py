"""All models of a worker in one process, with the messages between them encoded and decoded, and no broker."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.account.decode import decode_columns
from models.account.sampler import Sampler
from models.account.shard import AccountShard
from models.campaign.model import CampaignModel
from models.link.shard import LinkShard
from models.sighting import Sightings, encode_batches, picked
from streams.agents.campaign_state import CampaignState
from streams.agents.links import LinkState

SLICE = 1000


@dataclass(slots=True)
class Step:
    """CPU seconds that a slice of events took, by who took them."""

    accounts: float = 0.0
    links: float = 0.0
    campaigns: float = 0.0

    @property
    def all(self) -> float:
        """All three together."""
        return self.accounts + self.links + self.campaigns


@dataclass(slots=True)
class Pipeline:
    """One partition, from messages to campaigns."""

    shard: AccountShard = field(default_factory=AccountShard)
    sampler: Sampler = field(default_factory=lambda: Sampler(4096))
    links: LinkState = field(default_factory=lambda: LinkState(LinkShard()))
    campaigns: CampaignState = field(default_factory=lambda: CampaignState(CampaignModel()))

    def run(self, lines: Sequence[bytes]) -> Iterator[Step]:
        """Apply events, and yield what each slice of a thousand took."""
        for begin in range(0, len(lines), SLICE):
            yield self._apply(lines[begin : begin + SLICE])

    def _apply(self, lines: Sequence[bytes]) -> Step:
        times = [time.process_time()]
        outcome = self.shard.process_columns(decode_columns(lines).columns)
        home = outcome.sightings["key"] % np.uint64(4)
        told = [one for to in range(4) for one in self._encoded(picked(outcome.sightings, home == to))]
        sample = self.shard.describe(self.sampler.choose(self.shard.bank.rows, outcome.touched))
        evidence = list(self._encoded(sample))
        times.append(time.process_time())
        for message in told:
            evidence += encode_batches(self.links.apply(message), self.links.names_of)
        times.append(time.process_time())
        for message in evidence:
            self.campaigns.apply(message)
        times.append(time.process_time())
        return Step(*np.diff(times).tolist())

    def _encoded(self, rows: Sightings) -> Iterator[bytes]:
        return encode_batches(rows, self.shard.bank.names_of)
