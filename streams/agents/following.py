"""What of the store follows labels beside what the worker holds, off the event loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.exceptions import ClickHouseError

from streams.agents.stored import Followed, StoredCampaigns
from streams.agents.stored_members import StoredMembers, Turned
from streams.store.errors import StoreError
from streams.store.uncut import in_thread


@dataclass(frozen=True, slots=True)
class Following:
    """Lets the store follow; where it cannot, the views still heed the label, and the audit says it did nothing.

    Args:
        stored, members: What follows.
        warn: Is told what does not, and why.
    """

    stored: StoredCampaigns
    members: StoredMembers
    warn: Callable[[str, Exception], None]

    async def campaigns(self, verdicts: Mapping[str, str | None], held: Mapping[str, str]) -> Mapping[str, Followed]:
        """Let campaigns follow their labels; see `StoredCampaigns.follow`."""
        try:
            return await in_thread(self.stored.follow, verdicts, held)
        except (StoreError, ClickHouseError) as error:
            self.warn("the table campaigns does not follow labels", error)
            return {}

    async def accounts(self, verdicts: Mapping[str, str | None], held: Callable[[str], bool]) -> Sequence[Turned]:
        """Let members follow labels of accounts; see `StoredMembers.follow`."""
        try:
            return await in_thread(self.members.follow, verdicts, held)
        except (StoreError, ClickHouseError) as error:
            self.warn("the table campaign_members does not follow labels", error)
            return []
