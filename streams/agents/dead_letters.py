"""The dead-letters agent: refused messages in, rows out."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from streams.agents.progress import Progress
from streams.bus.chunks import Chunk
from streams.sinks.clickhouse import StoreWriter
from streams.sinks.dead_letters import Letter


@dataclass(slots=True)
class DeadLettersAgent:
    """What the dead-letters agent does with each chunk."""

    store: StoreWriter
    progress: Progress

    async def on_letters(self, chunk: Chunk) -> None:
        """Write a chunk of letters to ClickHouse."""
        await self.store.room()
        letters = [msgspec.json.decode(value, type=Letter) for value in chunk.values if value is not None]
        self.progress.dead_letters += len(letters)
        columns = {name: [getattr(letter, name) for letter in letters] for name in Letter.__struct_fields__}
        self.store.write("dead_letters", columns)
