"""The labels agent: what analysts say in SQL, and other providers' indicators, reach the models within seconds.

Every worker reads the table `labels` itself. Labels are few, so a topic between would only add a place where they can
be late or lost; and a worker that starts reads all of them before its first event, which is how they survive restarts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from clickhouse_connect.driver.exceptions import ClickHouseError

from models.decoding import Violation
from streams.agents.accounts import AccountsAgent
from streams.agents.campaigns import CampaignsAgent
from streams.agents.following import Following
from streams.agents.stored import StoredCampaigns
from streams.agents.stored_members import StoredMembers
from streams.sources.indicators import IndicatorSource
from streams.sources.labels import LabelSource, SaidLabel
from streams.sources.reconnecting import Reconnecting
from streams.store.errors import StoreError, reason_of
from streams.store.uncut import in_thread

# Labels applied before the other agents have their turn: 200 take up to 40 ms.
SLICE = 200

_log = logging.getLogger(__name__)


class LabelsAgent:
    """Looks for labels, and hands what changed to the agents of this worker.

    Args:
        store: Where labels are; used on threads, one at a time.
        accounts, campaigns: Who learns of them.
    """

    def __init__(self, store: Reconnecting, accounts: AccountsAgent, campaigns: CampaignsAgent) -> None:
        self._source = LabelSource(store)
        self._indicators = IndicatorSource(store)
        self._follow = Following(StoredCampaigns(store), StoredMembers(store), self._warn)
        self._accounts = accounts
        self._campaigns = campaigns
        # Learnt, and by this worker not written down: it did not have the campaigns when it learnt them.
        self._unwritten: list[SaidLabel] = []
        self._failed = False

    async def load(self) -> None:
        """Apply all labels in force, before the first event.

        Raises:
            StoreError, ClickHouseError: ClickHouse cannot be asked.
        """
        self._unwritten = await in_thread(self._source.changes)
        labels = [one.label for one in self._sound(self._unwritten) if one.holds]
        self._campaigns.learn_labels(labels)
        self._indicate(await in_thread(self._indicators.changes))

    async def look(self) -> None:
        """Apply what changed. Where ClickHouse does not answer, labels wait; that alone is no reason to stop."""
        try:
            waiting = await self._waiting()
            # Last before they are applied: what the source has returned once, it does not return again.
            changed = await in_thread(self._source.changes)
        except (StoreError, ClickHouseError) as error:
            self._warn("labels cannot be read, and wait until they can", error)
            return
        await self._apply([*waiting, *changed])
        await self._campaigns.vetting.tell()
        try:
            self._indicate(await in_thread(self._indicators.changes))
        except (StoreError, ClickHouseError) as error:
            self._warn("indicators cannot be read, and wait until they can", error)
            return
        self._failed = False

    def _warn(self, words: str, error: Exception) -> None:
        if not self._failed:
            _log.warning("%s: %s", words, reason_of(error))
        self._failed = True

    def _indicate(self, links: frozenset[int] | None) -> None:
        if links is not None:
            self._campaigns.indicate(links)

    async def _waiting(self) -> list[SaidLabel]:
        """Return, once this worker holds the campaigns, the labels whose effect nobody wrote down."""
        if not self._unwritten or not self._campaigns.holds_campaigns():
            return []
        applied = await in_thread(self._source.applied)
        return [one for one in self._unwritten if one.id not in applied]

    async def _apply(self, said: Sequence[SaidLabel]) -> None:
        if self._campaigns.holds_campaigns():
            self._unwritten = []
        for start in range(0, len(said), SLICE):
            part = said[start : start + SLICE]
            if not await self._campaigns.on_labels(self._sound(part), self._follow):
                self._unwritten += [one for one in part if not one.applied]
            aside = self._campaigns.vetting.is_aside
            self._campaigns.pass_over([one for one in part if not one.applied and aside(one)])
            await asyncio.sleep(0)
        self._accounts.mark_new()

    def _sound(self, said: Sequence[SaidLabel]) -> list[SaidLabel]:
        """Let the accounts hear what can be taken in, and return it for the campaigns; the rest is put aside."""
        vetting, sound = self._campaigns.vetting, []
        for one in vetting.vetted(said):
            why = vetting.tolerance.attempt(lambda: self._accounts.on_labels([one.label] if one.holds else []))  # noqa: B023
            if isinstance(why, Violation):
                vetting.put_aside(one, why)
            else:
                sound.append(one)
        return sound
