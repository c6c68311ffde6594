"""The dead-letters agent: refused messages in, rows out."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from models.decoding import Violation
from streams.agents.progress import Progress
from streams.bus.chunks import Chunk
from streams.bus.letter import Letter
from streams.sinks.clickhouse import StoreWriter

NO_LETTER = Violation("", "", "must be a dead letter as Stillwatch writes them")


@dataclass(slots=True)
class DeadLettersAgent:
    """What the dead-letters agent does with each chunk."""

    store: StoreWriter
    progress: Progress

    async def on_letters(self, chunk: Chunk) -> None:
        """Write a chunk of letters to ClickHouse."""
        await self.store.room()
        letters = [_read(chunk, at) for at in range(len(chunk))]
        self.progress.dead_letters += len(letters)
        columns = {name: [getattr(letter, name) for letter in letters] for name in Letter.__struct_fields__}
        self.store.write("dead_letters", columns)


def _read(chunk: Chunk, at: int) -> Letter:
    """Return a letter, or one about a message that is none: whoever put it there must not stop the worker."""
    try:
        return Letter.decode(chunk.values[at] or b"")
    except msgspec.MsgspecError:
        return Letter.refusing(
            NO_LETTER, topic=chunk.topic, partition=chunk.partition, offset=chunk.offsets[at], ts=chunk.timestamps[at]
        )
