"""How each agent's models are put back when a worker takes a partition over.

* Accounts: from the changelog, as of the last checkpoint (`models.account.state`).
* Links: by reading the partition of `sightings` again up to where the group stands. Sightings are cumulative, and the
  models a deterministic fold over them, so the outcome is the state that was lost. A link is known as long as the
  retention of `sightings` reaches.
* Campaigns: in the same way from `evidence`, which has one partition. Nothing is raised or written meanwhile: alerts
  keep the id and the time that they had. What is written later counts on from what the store has
  (`streams.agents.standing`).

On the embedded broker, which ends with its only worker, all begin empty.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from models.account.bank import AccountBank
from models.account.sampler import Sampler
from models.account.shard import AccountShard
from models.account.state import AccountState
from models.campaign.model import CampaignModel
from models.link.shard import LinkShard
from streams import topics
from streams.agents.campaign_state import CampaignState
from streams.agents.folding import F, Folding
from streams.agents.isolation import Isolation
from streams.agents.links import LinkState
from streams.agents.poison import Tolerance
from streams.agents.standing import Standing
from streams.agents.windows import WindowRows
from streams.settings import Settings
from streams.state.changelog import Changelog, read_partition
from streams.state.cold_accounts import ColdAccountsOnDisk
from streams.state.committed import committed
from streams.state.held import Held

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Recovery:
    """Makes the models of a partition, empty or as they were.

    Args:
        client: Settings of librdkafka that reach the broker.
        saving: Whether models outlive this worker; on the embedded broker, which ends with it, they do not.
        windows: Where the open windows of accounts go that do not fit into memory.
        standing: Returns what the store has of campaigns; called in a thread.
    """

    settings: Settings
    client: Mapping[str, object]
    saving: bool
    windows: WindowRows
    standing: Callable[[], Standing]
    changelogs: dict[int, Changelog] = field(default_factory=dict)
    seconds: float = 0.0
    """What the longest recovery so far took."""

    def accounts(self) -> Held[AccountState]:
        """Return the holder of account models."""
        return Held(self._accounts, self._position(topics.API_EVENTS))

    def links(self, folding: Folding[LinkState]) -> Held[LinkState]:
        """Return the holder of link models."""
        return Held(
            lambda partition: self._put_back(folding, topics.SIGHTINGS, partition), self._position(topics.SIGHTINGS)
        )

    def campaigns(self, folding: Folding[CampaignState]) -> Held[CampaignState]:
        """Return the holder of campaigns."""

        def put_back(partition: int) -> CampaignState:
            state = self._put_back(folding, topics.EVIDENCE, partition)
            state.go_on_from(self.standing(), anew=not self.saving)
            return state

        return Held(put_back, self._position(topics.EVIDENCE))

    def link_folding(self) -> Folding[LinkState]:
        """Return what makes link models."""
        policy = self.settings.detection
        return Folding(lambda: LinkState(LinkShard(policy)), self._log(topics.SIGHTINGS), Tolerance("link"))

    def campaign_folding(self, prepare: Callable[[CampaignState], None]) -> Folding[CampaignState]:
        """Return what makes campaigns; `prepare` is called with those that are put back before they are."""

        def new() -> CampaignState:
            state = CampaignState(CampaignModel(self.settings.detection))
            prepare(state)
            return state

        return Folding(new, self._log(topics.EVIDENCE), Tolerance("campaign"))

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
        bank = state.shard.bank
        self._took(f"{len(bank) + bank.left} accounts of partition {partition}, {bank.left} of them cold", began)
        return state

    def _saved_accounts(self, partition: int) -> AccountState:
        state = self._new_accounts()
        if self.saving:
            records = read_partition(self.client, self._topic(topics.ACCOUNT_STATE), partition)
            state.restore((key, value) for _, key, value in records)
        return state

    def _new_accounts(self) -> AccountState:
        shard = AccountShard(
            bank=AccountBank(cold=ColdAccountsOnDisk(self.settings.data_dir / "worker" / "cold")),
            lateness_ms=1000 * self.settings.lateness_seconds,
            window_ms=1000 * self.settings.window_seconds,
            saving=self.saving,
        )
        sampler = Sampler(self.settings.detection.population_sample)
        return AccountState(shard, sampler, most=self.settings.accounts_in_memory, tell=self.windows.write)

    def _events(self, partition: int, begin: int, end: int) -> Iterator[tuple[int, bytes | None]]:
        records = read_partition(self.client, self._topic(topics.API_EVENTS), partition, begin=begin, end=end)
        return ((offset, value) for offset, _, value in records)

    def _put_back(self, folding: Folding[F], name: str, partition: int) -> F:
        if not self.saving:
            return folding.new()
        began = time.monotonic()
        end = committed(self.client, self.settings.group_id, self._topic(name), partition)
        model = folding.until(partition, end)
        self._took(f"{end} messages of {name} of partition {partition}", began)
        return model

    def _log(self, name: str) -> Callable[[int, int], Iterator[tuple[int, bytes | None]]]:
        def read(partition: int, end: int) -> Iterator[tuple[int, bytes | None]]:
            report = _reporter(f"{name} of partition {partition}")
            records = read_partition(self.client, self._topic(name), partition, end=end, report=report)
            return ((offset, value) for offset, _, value in records)

        return read

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
