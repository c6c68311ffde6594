"""The links agent: sightings in; the owners of links that deserve a second look out, as evidence."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.decoding import Violation
from models.link.shard import LinkShard
from models.sighting import Sightings, decode_batch, encode_batches
from streams.agents.folding import Folding
from streams.agents.names import are_too_many, of_those
from streams.bus.chunks import Chunk
from streams.sinks.dead_letters import DeadLetters
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
    _forgotten: int = 0

    def apply(self, message: bytes) -> Sightings:
        """Take in a message; return the owners of watched links that are news."""
        batch = decode_batch(message)
        self.names.update(batch.names)
        told, table = self.shard.process(batch.sightings()), self.shard.table
        if table.forgotten != self._forgotten or are_too_many(self.names, table.used):
            self.names, self._forgotten = of_those(self.names, [table.rows["owner"][: table.used]]), table.forgotten
        return told

    def evidence(self, message: bytes) -> list[bytes]:
        """Take in a message; return messages for the campaigns about what is news."""
        return [*encode_batches(self.apply(message), self.names_of)]

    def names_of(self, hashes: NDArray[np.uint64]) -> dict[int, str]:
        """Return the names behind hashes that sightings came with."""
        return {one: self.names[one] for one in hashes.tolist()}

    def settle(self) -> None:
        """Nothing is left to do after a replay."""


@dataclass(slots=True)
class LinksAgent:
    """What the links agent does with each chunk.

    Args:
        evidence: The topic to send to; it has one partition.
        held: The links, by partition.
        folding: Makes them anew without a message that makes them raise.
        dead_letters: Where that message goes.
    """

    outbox: Outbox
    evidence: Destination
    held: Held[LinkState]
    folding: Folding[LinkState]
    dead_letters: DeadLetters

    async def on_sightings(self, chunk: Chunk) -> None:
        """Apply a chunk of sighting batches, less those that were applied before."""
        state = await self.held.of(chunk.partition, chunk.generation)
        chunk = chunk.after(state.offset)
        for at, message in enumerate(chunk.values):
            made = self.folding.tolerance.attempt(lambda: state.evidence(message or b""))  # noqa: B023 - called at once
            if isinstance(made, Violation):
                state = await self.folding.without(chunk, at, made, self.held, self.dead_letters)
                continue
            self.folding.tolerance.passed(1)
            for evidence in made:
                await self.outbox.send(self.evidence, evidence, partition=0)
            state.offset = chunk.offsets[at]
