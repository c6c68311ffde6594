"""The Faust consumer that delivers one message per fetched chunk, and the transport that carries it.

Faust's cost is per message (tasks, offset bookkeeping, sensors), some 80 us. This consumer folds the records of one
partition that arrive in one fetch into a single message whose value is a `Chunk`, so the cost is paid once per hundreds
of records. Topics that were not configured, changelogs among them, are delivered record by record, as before.
Measured on 2 cores shared with other work, 300,000 events of 500 bytes, 4 partitions, embedded broker
(`python tests/streams/bus/throughput.py`): stock Faust 4,274 events/s, this consumer 137,459 events/s.

Positions. A chunk is one unit: its message carries the offset of its last record, and only whole chunks are committed.
Faust derives commits from gaps between acknowledged offsets, which is built for single records: the gap before a chunk
includes the chunk's own offset, and neighbouring gaps merge, so that a commit can pass a chunk that nobody has
processed (upstream issue 606 tells of the same). For chunk topics this is replaced: the consumer keeps the
chunks delivered since the last seek in order, and commits behind the longest prefix that an agent has finished. Chunks
that Faust skips, because flow is suspended or their generation has passed, are not finished and come again.

Works on private methods of faust-streaming 0.15.3 and aiokafka 0.14, both pinned.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Any, cast

import aiokafka
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, AppT, Message
from faust.types.transports import ConsumerCallback, TransportT
from yarl import URL

from streams.bus.chunks import Chunk

# A long poll ends as soon as a record arrives for it, but a partition that was drained meanwhile waits for the poll in
# flight to end: this bounds that wait. Faust's own value, hard-coded, is 1500 ms.
FETCH_WAIT_MS = 20


class FoldedRecord:
    """A chunk in the place of a record: what `Consumer._to_message` reads, with the last record's offset."""

    __slots__ = ("offset", "partition", "timestamp", "timestamp_type", "topic", "value")

    checksum: int | None = None
    headers: Sequence[tuple[str, bytes]] = ()
    key: bytes | None = None
    serialized_key_size: int = 0
    serialized_value_size: int = 0

    def __init__(self, tp: TP, records: Sequence[aiokafka.ConsumerRecord[bytes, bytes]]) -> None:
        last = records[-1]
        self.topic = tp.topic
        self.partition = tp.partition
        self.offset = last.offset
        self.timestamp = last.timestamp
        self.timestamp_type = last.timestamp_type
        self.value = Chunk(tp.topic, tp.partition, records)


class ChunkConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread with a short fetch wait."""

    def _create_worker_consumer(self, transport: TransportT) -> aiokafka.AIOKafkaConsumer:
        assert isinstance(transport, ChunkTransport)
        consumer = super()._create_worker_consumer(transport)
        # Faust passes a constant; aiokafka reads this attribute when it starts.
        assert consumer._fetch_max_wait_ms > 0
        consumer._fetch_max_wait_ms = transport.fetch_wait_ms
        return consumer


class ChunkConsumer(driver.Consumer):
    """Faust's consumer, folding the records of each fetch and partition of the chunk topics into one message."""

    def __init__(self, transport: TransportT, callback: ConsumerCallback, **kwargs: Any) -> None:  # noqa: ANN401
        assert isinstance(transport, ChunkTransport)
        self._to_streams = callback
        super().__init__(transport, self._deliver, **kwargs)
        self._chunk_topics = transport.chunk_topics
        # Last offsets of the chunks handed to the streams and not yet committed, per partition, in order.
        self._delivered: defaultdict[TP, deque[int]] = defaultdict(deque)
        self._room = asyncio.Event()

    def _new_consumer_thread(self) -> ChunkConsumerThread:
        return ChunkConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> RecordMap:  # noqa: ASYNC109
        fetched = await super()._getmany(active_partitions, timeout)
        return {
            tp: [FoldedRecord(tp, records)] if records and tp.topic in self._chunk_topics else records
            for tp, records in fetched.items()
        }

    async def _deliver(self, message: Message) -> None:
        """Note a chunk as delivered, then hand it to the streams."""
        if message.topic in self._chunk_topics:
            # What an earlier delivery of the same offset left behind says nothing about this one.
            self._acked_index[message.tp].discard(message.offset)
            self._delivered[message.tp].append(message.offset)
        await self._to_streams(message)

    def ack(self, message: Message) -> bool:
        """Record an acknowledgement; of a chunk only when an agent has finished it in this generation."""
        if message.topic in self._chunk_topics and not self._counts(message):
            message.acked = True
            self._unacked_messages.discard(message)
            return False
        return super().ack(message)

    def _counts(self, message: Message) -> bool:
        chunk = cast("Chunk", message.value)
        return chunk.finished and message.generation_id == self.app.consumer_generation_id

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        if tp.topic not in self._chunk_topics:
            await super()._add_gap(tp, offset_from, offset_to)

    def _new_offset(self, tp: TP) -> int | None:
        """The position behind the finished prefix of the delivered chunks; None when it did not move."""
        if tp.topic not in self._chunk_topics:
            return super()._new_offset(tp)
        delivered, finished = self._delivered[tp], self._acked_index[tp]
        last = None
        while delivered and delivered[0] in finished:
            last = delivered.popleft()
            finished.discard(last)
        self._acked[tp].clear()
        return None if last is None else last + 1

    async def perform_seek(self) -> None:
        """Seek to the committed positions; what was delivered before and is not committed comes again."""
        await super().perform_seek()
        self._delivered.clear()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Forget the chunks of partitions that are taken away."""
        for tp in revoked:
            self._delivered.pop(tp, None)
        await super().on_partitions_revoked(revoked)

    def on_buffer_drop(self, tp: TP) -> None:
        """An agent has room again: fetch for it at once."""
        super().on_buffer_drop(tp)
        self._room.set()

    async def _wait_next_records(self, timeout: float) -> tuple[RecordMap | None, set[TP] | None]:  # noqa: ASYNC109
        # With every partition held back by full agents Faust sleeps a whole second; wait for room instead.
        if self.flow_active and self._buffered_partitions and not self._get_active_partitions():
            self._room.clear()
            await self.wait_first(self._room.wait(), self.suspend_flow.wait(), timeout=timeout)
        return await super()._wait_next_records(timeout)


class ChunkTransport(driver.Transport):
    """Faust's aiokafka transport with the chunk consumer.

    Args:
        url: Broker URLs as Faust's settings hold them.
        app: The Faust app.
        chunk_topics: Topics whose records are folded.
        fetch_wait_ms: Longest wait of one fetch request for new records, milliseconds.
    """

    Consumer = ChunkConsumer

    def __init__(
        self, url: list[URL], app: AppT, *, chunk_topics: Iterable[str], fetch_wait_ms: int = FETCH_WAIT_MS
    ) -> None:
        super().__init__(url, app)
        self.chunk_topics = frozenset(chunk_topics)
        self.fetch_wait_ms = fetch_wait_ms
