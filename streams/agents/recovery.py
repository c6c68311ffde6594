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
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from models.account.sampler import Sampler
from models.account.shard import AccountShard
from models.account.state import AccountState
from models.campaign.model import CampaignModel
from models.link.shard import LinkShard
from streams import topics
from streams.agents.campaign_state import CampaignState
from streams.agents.isolation import Isolation
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
        client: Settings of librdkafka that reach the broker.
        saving: Whether models outlive this worker; on the embedded broker, which ends with it, they do not.
    """

    settings: Settings
    client: Mapping[str, object]
    saving: bool
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

    def isolation(self) -> Isolation:
        """Return what finds the events that make an account model raise."""
        return Isolation(self._saved_accounts, self._events)

    def _accounts(self, partition: int) -> AccountState:
        if not self.saving:
            return self._new_accounts()
        began = time.monotonic()
        # A new one each time: a model that is put back anew was lost, and with it the right to write what it had.
        changelog = Changelog(self.client, self._topic(topics.ACCOUNT_STATE), partition, self.settings.group_id)
        state = self._new_accounts()
        state.restore(changelog.take_over(_reporter(f"accounts of partition {partition}")))
        self.changelogs[partition] = changelog
        if state.dropped:
            log.warning(
                "partition %d: %d accounts were saved by another version and begin anew", partition, state.dropped
            )
        self._took(f"{len(state.shard.bank)} accounts of partition {partition}", began)
        return state

    def _saved_accounts(self, partition: int) -> AccountState:
        state = self._new_accounts()
        if self.saving:
            records = read_partition(self.client, self._topic(topics.ACCOUNT_STATE), partition)
            state.restore((key, value) for _, key, value in records)
        return state

    def _new_accounts(self) -> AccountState:
        shard = AccountShard(
            lateness_ms=1000 * self.settings.lateness_seconds,
            window_ms=1000 * self.settings.window_seconds,
            saving=self.saving,
        )
        return AccountState(shard, Sampler(self.settings.detection.population_sample))

    def _events(self, partition: int, begin: int, end: int) -> Iterator[tuple[int, bytes | None]]:
        records = read_partition(self.client, self._topic(topics.API_EVENTS), partition, begin=begin, end=end)
        return ((offset, value) for offset, _, value in records)

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
        if not self.saving:
            return
        began, topic = time.monotonic(), self._topic(name)
        end = committed(self.client, self.settings.group_id, topic, partition)
        report = _reporter(f"{name} of partition {partition}")
        records = read_partition(self.client, topic, partition, end=end, report=report)
        replay((value for _, _, value in records), end)
        self._took(f"{end} messages of {name} of partition {partition}", began)

    def _position(self, name: str) -> Callable[[int], int] | None:
        if not self.saving:
            return None
        return lambda partition: committed(self.client, self.settings.group_id, self._topic(name), partition)

    def _topic(self, name: str) -> str:
        return self.settings.topic_prefix + name

    def _took(self, what: str, began: float) -> None:
        seconds = time.monotonic() - began
        self.seconds = max(self.seconds, seconds)
        log.info("recovered %s in %.1f s", what, seconds)


def _reporter(what: str) -> Callable[[int, int], None]:
    return lambda done, there: log.info("recovering %s: %d of at most %d records", what, done, there)
