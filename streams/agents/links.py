"""The links agent: sightings in; the owners of links that deserve a second look out, as evidence."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.link.shard import LinkShard
from models.sighting import decode_batch, encode_batches
from streams.bus.chunks import Chunk
from streams.settings import Settings
from streams.sinks.outbox import Destination, Outbox


@dataclass(slots=True)
class LinksAgent:
    """What the links agent does with each chunk.

    Args:
        evidence: The topic to send to; it has one partition.
    """

    settings: Settings
    outbox: Outbox
    evidence: Destination
    shards: dict[int, LinkShard] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    async def on_sightings(self, chunk: Chunk) -> None:
        """Apply a chunk of sighting batches."""
        shard = self.shards.setdefault(chunk.partition, LinkShard(self.settings.detection))
        for message in chunk.values:
            assert message is not None, "sightings are never tombstones"
            batch = decode_batch(message)
            self.names.update(batch.names)
            rows = shard.process(batch.sightings())
            for evidence in encode_batches(rows, self.names.__getitem__):
                await self.outbox.send(self.evidence, evidence, partition=0)
