"""Windows of accounts on their way to ClickHouse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.account.shard import AccountShard
from streams.sinks import rows
from streams.sinks.clickhouse import StoreWriter


@dataclass(frozen=True, slots=True)
class WindowRows:
    """Writes `account_windows`. Of a window that is written several times the row with most events holds."""

    store: StoreWriter

    async def tell(self, shard: AccountShard, closed: NDArray[np.void]) -> None:
        """Write windows as `write` does, a block at a time, each when there is room for it."""
        for begin in range(0, len(closed), self.store.block_rows):
            await self.store.room()
            self.write(shard, closed[begin : begin + self.store.block_rows])

    def write(self, shard: AccountShard, closed: NDArray[np.void]) -> None:
        """Write windows (dtype `CLOSED`) of accounts that are in memory; may be called from any thread."""
        if len(closed):
            self.store.write("account_windows", rows.of_windows(closed, shard.bank, shard.window_ms))
