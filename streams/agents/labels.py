"""The labels agent: what analysts say in SQL, and other providers' indicators, reach the models within seconds.

Every worker reads the table `labels` itself. Labels are few, so a topic between would only add a place where they can
be late or lost; and a worker that starts reads all of them before its first event, which is how they survive restarts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from clickhouse_connect.driver.exceptions import ClickHouseError

from streams.agents.accounts import AccountsAgent
from streams.agents.campaigns import CampaignsAgent
from streams.sources.indicators import IndicatorSource
from streams.sources.labels import LabelSource, SaidLabel
from streams.sources.reconnecting import Reconnecting
from streams.store.errors import StoreError
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
        self._accounts = accounts
        self._campaigns = campaigns
        self._loaded: list[SaidLabel] = []
        self._failed = False

    async def load(self) -> None:
        """Apply all labels in force, before the first event.

        Raises:
            StoreError, ClickHouseError: ClickHouse cannot be asked.
        """
        self._loaded = await in_thread(self._source.changes)
        labels = [one.label for one in self._loaded]
        self._accounts.on_labels(labels)
        self._campaigns.learn_labels(labels)
        self._indicate(await in_thread(self._indicators.changes))

    async def look(self) -> None:
        """Apply what changed. Where ClickHouse does not answer, labels wait; that alone is no reason to stop."""
        try:
            said = [*await self._unwritten(), *await in_thread(self._source.changes)]
            self._indicate(await in_thread(self._indicators.changes))
        except (StoreError, ClickHouseError) as error:
            if not self._failed:
                _log.warning("labels cannot be read, and wait until they can: %s", str(error).partition("\n")[0])
            self._failed = True
            return
        self._failed = False
        await self._apply(said)

    def _indicate(self, links: frozenset[int] | None) -> None:
        if links is not None:
            self._campaigns.indicate(links)

    async def _unwritten(self) -> list[SaidLabel]:
        """Return, once this worker holds the campaigns, the loaded labels whose effect nobody wrote down."""
        if not self._loaded or not self._campaigns.holds_campaigns():
            return []
        applied = await in_thread(self._source.applied)
        loaded, self._loaded = self._loaded, []
        return [one for one in loaded if one.id not in applied]

    async def _apply(self, said: Sequence[SaidLabel]) -> None:
        for start in range(0, len(said), SLICE):
            part = said[start : start + SLICE]
            self._accounts.on_labels([one.label for one in part])
            await self._campaigns.on_labels(part)
            await asyncio.sleep(0)
        self._accounts.mark_new()
