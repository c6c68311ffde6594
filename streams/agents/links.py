"""The links agent: sightings in; the owners of links that deserve a second look out, as evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from models.link.shard import LinkShard
from models.sighting import Sightings, decode_batch, encode_batches
from streams.bus.chunks import Chunk
from streams.sinks.outbox import Destination, Outbox
from streams.state.held import Held


@dataclass(slots=True)
class LinkState:
    """The links of one partition, and how far they are: a fold over the partition's sightings.

    Args:
        offset: Of the last message that was applied.
        names: Of the accounts and organisations that the sightings are of, by hash.
    """

    shard: LinkShard
    offset: int = -1
    names: dict[int, str] = field(default_factory=dict)

    def apply(self, message: bytes) -> Sightings:
        """Take in a message; return the owners of watched links that are news."""
        batch = decode_batch(message)
        self.names.update(batch.names)
        return self.shard.process(batch.sightings())

    def replay(self, messages: Iterable[bytes | None], end: int) -> None:
        """Take in the messages before offset `end` once more; what they led to has been said."""
        for message in messages:
            assert message is not None, "sightings are never tombstones"
            self.apply(message)
        self.offset = end - 1


@dataclass(slots=True)
class LinksAgent:
    """What the links agent does with each chunk.

    Args:
        evidence: The topic to send to; it has one partition.
        held: The links, by partition.
    """

    outbox: Outbox
    evidence: Destination
    held: Held[LinkState]

    async def on_sightings(self, chunk: Chunk) -> None:
        """Apply a chunk of sighting batches, less those that were applied before."""
        state = await self.held.of(chunk.partition, chunk.generation)
        chunk = chunk.after(state.offset)
        for offset, message in zip(chunk.offsets, chunk.values, strict=True):
            assert message is not None, "sightings are never tombstones"
            rows = state.apply(message)
            for evidence in encode_batches(rows, state.names.__getitem__):
                await self.outbox.send(self.evidence, evidence, partition=0)
            state.offset = offset
