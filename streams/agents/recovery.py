"""How each agent's models are put back when a worker takes a partition over.

* Accounts: from the changelog, as of the last checkpoint (`models.account.state`).
* Links: by reading the partition of `sightings` again up to where the group stands. Sightings are cumulative, and the
  models a deterministic fold over them, so the outcome is the state that was lost. A link is known as long as the
  retention of `sightings` reaches.
* Campaigns: in the same way from `evidence`, which has one partition. Nothing is raised or written meanwhile: alerts
  keep the id and the time that they had.

On the embedded broker, which ends with its only worker, all begin empty.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from models.account.sampler import Sampler
from models.account.shard import AccountShard
from models.account.state import AccountState
from models.campaign.model import CampaignModel
from models.link.shard import LinkShard
from streams import topics
from streams.agents.campaign_state import CampaignState
from streams.agents.links import LinkState
from streams.settings import Settings
from streams.state.changelog import Changelog, read_partition
from streams.state.committed import committed
from streams.state.held import Held

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Recovery:
    """Makes the models of a partition, empty or as they were.

    Args:
        client: Settings of librdkafka; None: nothing is saved and nothing put back.
    """

    settings: Settings
    client: dict[str, object] | None
    changelogs: dict[int, Changelog] = field(default_factory=dict)
    seconds: float = 0.0
    """What the longest recovery so far took."""

    def accounts(self) -> Held[AccountState]:
        """Return the holder of account models."""
        return Held(self._accounts, self._position(topics.API_EVENTS))

    def links(self) -> Held[LinkState]:
        """Return the holder of link models."""
        return Held(self._links, self._position(topics.SIGHTINGS))

    def campaigns(self, prepare: Callable[[CampaignState], None]) -> Held[CampaignState]:
        """Return the holder of campaigns; `prepare` is called with those that are put back before they are."""
        return Held(lambda partition: self._campaigns(partition, prepare), self._position(topics.EVIDENCE))

    def _accounts(self, partition: int) -> AccountState:
        shard = AccountShard(
            lateness_ms=1000 * self.settings.lateness_seconds,
            window_ms=1000 * self.settings.window_seconds,
            saving=self.client is not None,
        )
        state = AccountState(shard, Sampler(self.settings.detection.population_sample))
        if self.client is None:
            return state
        began = time.monotonic()
        changelog = self.changelogs.get(partition)
        if changelog is None:
            topic = self._topic(topics.ACCOUNT_STATE)
            changelog = Changelog(self.client, topic, partition, self.settings.group_id)
        state.restore(changelog.take_over(_reporter(f"accounts of partition {partition}")))
        self.changelogs[partition] = changelog
        if state.dropped:
            log.warning(
                "partition %d: %d accounts were saved by another version and begin anew", partition, state.dropped
            )
        self._took(f"{len(shard.bank)} accounts of partition {partition}", began)
        return state

    def _links(self, partition: int) -> LinkState:
        state = LinkState(LinkShard(self.settings.detection))
        self._replay(state.replay, topics.SIGHTINGS, partition)
        return state

    def _campaigns(self, partition: int, prepare: Callable[[CampaignState], None]) -> CampaignState:
        state = CampaignState(CampaignModel(self.settings.detection))
        prepare(state)
        self._replay(state.replay, topics.EVIDENCE, partition)
        return state

    def _replay(self, replay: Callable[[Iterable[bytes | None], int], None], name: str, partition: int) -> None:
        if self.client is None:
            return
        began, topic = time.monotonic(), self._topic(name)
        end = committed(self.client, self.settings.group_id, topic, partition)
        report = _reporter(f"{name} of partition {partition}")
        records = read_partition(self.client, topic, partition, end=end, report=report)
        replay((value for _, value in records), end)
        self._took(f"{end} messages of {name} of partition {partition}", began)

    def _position(self, name: str) -> Callable[[int], int] | None:
        if (client := self.client) is None:
            return None
        return lambda partition: committed(client, self.settings.group_id, self._topic(name), partition)

    def _topic(self, name: str) -> str:
        return self.settings.topic_prefix + name

    def _took(self, what: str, began: float) -> None:
        seconds = time.monotonic() - began
        self.seconds = max(self.seconds, seconds)
        log.info("recovered %s in %.1f s", what, seconds)


def _reporter(what: str) -> Callable[[int, int], None]:
    return lambda done, there: log.info("recovering %s: %d of at most %d records", what, done, there)
