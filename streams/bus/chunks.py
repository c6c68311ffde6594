"""A chunk: the records of one partition from one fetch, as one Faust message; and how an agent acknowledges it.

`streams.bus.consumer` makes chunks out of fetches. An agent reads them like this:

    @app.agent(chunk_topic(app, topics.API_EVENTS), concurrency=1)
    async def accounts(stream):
        async for chunk in finished_chunks(stream):
            outputs = process(chunk)
            await sink.write(outputs)      # raises: the chunk is not acknowledged, the worker stops
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from copy import copy
from typing import Any, Protocol, cast

import faust
from faust.serializers.codecs import Codec
from faust.types import StreamT


class FetchedRecord(Protocol):
    """What is read of a record that aiokafka fetched."""

    key: bytes | None
    value: bytes | None
    offset: int
    timestamp: int


class Chunk:
    """The records of one partition from one fetch, in offset order.

    `values`, `keys` (bytes or None), `offsets` and `timestamps` (of the record, epoch milliseconds) run parallel.
    Offsets rise, with gaps where the log was compacted. A value of None is a tombstone of a compacted topic.
    """

    __slots__ = ("finished", "generation", "keys", "offsets", "partition", "timestamps", "topic", "values")

    def __init__(self, topic: str, partition: int, records: Sequence[FetchedRecord]) -> None:
        self.topic = topic
        self.partition = partition
        self.values = [record.value for record in records]
        self.keys = [record.key for record in records]
        self.offsets = [record.offset for record in records]
        self.timestamps = [record.timestamp for record in records]
        self.generation = 0
        """Number of the assignment of partitions in which it was fetched; counts in this process only."""
        self.finished = False
        """Set by `finished_chunks` alone; only a finished chunk counts for a commit."""

    def __len__(self) -> int:
        return len(self.values)

    def after(self, offset: int) -> Chunk:
        """Return the part of the chunk behind `offset`; it is not acknowledged by itself."""
        start = bisect_right(self.offsets, offset)
        if not start:
            return self
        part = copy(self)
        for name in ("values", "keys", "offsets", "timestamps"):
            setattr(part, name, getattr(self, name)[start:])
        return part

    def __repr__(self) -> str:
        # Never the values: Faust may write this to a log.
        return f"Chunk({self.topic}/{self.partition}, {len(self)} records from {self.offsets[:1]})"


class ChunkCodec(Codec):
    """Hands a `Chunk` through Faust's decoding untouched; what is produced to a chunk topic must be bytes already."""

    def _loads(self, s: bytes) -> bytes:
        return s

    def _dumps(self, s: object) -> bytes:
        raise TypeError(f"produce bytes to a chunk topic, not {type(s).__name__}")


async def finished_chunks(stream: StreamT[Any]) -> AsyncIterator[Chunk]:
    """Yield the chunks of an agent's stream; each is acknowledged when the loop comes back for the next.

    A loop body that raises or is cancelled leaves its chunk, and all behind it, unacknowledged: they are delivered
    again after the restart. So flush outputs before the end of the body. What an agent does must bear being done twice.
    """
    unacknowledged = cast("faust.Stream[Any]", stream).noack()
    async for event in unacknowledged.events():
        chunk = cast("Chunk", event.value)
        yield chunk
        chunk.finished = True
        await unacknowledged.ack(event)
