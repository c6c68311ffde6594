"""Messages that did not fit the contract: to the topic `dead-letters`, with the reason.

Whoever refuses a message puts a letter there: the accounts agent here, and `streams.sources.feeding`, which turns raw
logs into events. An agent (`streams.agents.dead_letters`) writes the topic to ClickHouse.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.decoding import Violation
from streams.bus.chunks import Chunk
from streams.bus.letter import Letter
from streams.sinks.outbox import Destination, Outbox


@dataclass(slots=True)
class DeadLetters:
    """Puts messages aside.

    Args:
        to: The topic `dead-letters`.
    """

    outbox: Outbox
    to: Destination

    async def put(self, chunk: Chunk, at: int, violation: Violation, *, binary: bool = False) -> None:
        """Put record number `at` of `chunk` aside; of one that is `binary` the letter says only where it is."""
        letter = Letter.refusing(
            violation,
            topic=chunk.topic,
            partition=chunk.partition,
            offset=chunk.offsets[at],
            ts=chunk.timestamps[at],
            key=chunk.keys[at] or b"",
            raw=b"" if binary else chunk.values[at] or b"",
        )
        await self.send(letter)

    async def send(self, letter: Letter) -> None:
        """Send a letter."""
        await self.outbox.send(self.to, letter.encode(), key=letter.key.encode(), partition=0)
