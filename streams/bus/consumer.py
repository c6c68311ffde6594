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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any, cast

import aiokafka
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, AppT, Message
from faust.types.transports import ConsumerCallback, TPorTopicSet, TransportT
from mode.utils.futures import notify
from yarl import URL

from streams.bus.assignor import WeighingAssignor
from streams.bus.chunks import Chunk
from streams.bus.lean import make_lean
from streams.bus.positions import Positions

# A long poll ends as soon as a record arrives for it, but a partition that was drained meanwhile waits for the poll in
# flight to end: this bounds that wait. Each poll of a worker's partitions costs 0.7 ms of CPU time, so that with 20 ms
# an idle worker took 4 % of a core. Faust's own value, hard-coded, is 1500 ms.
FETCH_WAIT_MS = 50
# A fetch is on its way for every assigned partition, and an empty one answers after the fetch wait.
HIGHWATER_SECONDS = 5.0


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
    """Faust's consumer thread with a short fetch wait, and partitions dealt out as the agents need them."""

    def _create_worker_consumer(self, transport: TransportT) -> aiokafka.AIOKafkaConsumer:
        assert isinstance(transport, ChunkTransport)
        consumer = super()._create_worker_consumer(transport)
        # Faust passes a constant; aiokafka reads this attribute when it starts.
        assert consumer._fetch_max_wait_ms > 0
        consumer._fetch_max_wait_ms = transport.fetch_wait_ms
        if self._assignor is not self.app.assignor:  # Faust's tables need its own
            # Faust's choice comes second: a group in which workers of an earlier version are left agrees on it.
            consumer._partition_assignment_strategy = (WeighingAssignor(), *consumer._partition_assignment_strategy)
        return consumer

    async def _fetch_records(
        self,
        consumer: aiokafka.AIOKafkaConsumer,
        active_partitions: set[TP],
        timeout: float | None = None,  # noqa: ASYNC109
        max_records: int | None = None,
    ) -> RecordMap:
        transport = cast("ChunkTransport", self.transport)
        fetcher = consumer._fetcher
        assert fetcher is not None
        make_lean(fetcher, transport.chunk_topics)
        return await super()._fetch_records(consumer, active_partitions, timeout, max_records)

    async def _highwaters(self, partitions: list[TP]) -> Mapping[TP, int]:
        """The ends of partitions, by which table recovery knows that it is done.

        The embedded broker (Tansu 0.6) answers an offset request with the first offset of the last batch plus one, so
        that recovery would miss the rest of that batch. Its fetch responses tell the truth: wait for those.
        """
        ends = await super()._highwaters(partitions)
        deadline = monotonic() + HIGHWATER_SECONDS
        # aiokafka has no event for a fetch response.
        while any(self._fetched_highwater(tp) is None for tp in partitions) and monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(FETCH_WAIT_MS / 1000)
        return {tp: max(end, self._fetched_highwater(tp) or 0) for tp, end in ends.items()}

    def _fetched_highwater(self, tp: TP) -> int | None:
        return cast("int | None", self._ensure_consumer().highwater(tp))  # type: ignore[no-untyped-call]


class ChunkConsumer(driver.Consumer):
    """Faust's consumer, folding the records of each fetch and partition of the chunk topics into one message."""

    def __init__(self, transport: TransportT, callback: ConsumerCallback, **kwargs: Any) -> None:  # noqa: ANN401
        assert isinstance(transport, ChunkTransport)
        self._to_streams = callback
        super().__init__(transport, self._deliver, **kwargs)
        self._chunk_topics = transport.chunk_topics
        self._positions = Positions[TP]()
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
            self._positions.delivered(message.tp, cast("Chunk", message.value).offsets[0], message.offset)
        await self._to_streams(message)

    def ack(self, message: Message) -> bool:
        """Record an acknowledgement; of a chunk only when an agent has finished it in this generation."""
        if message.topic not in self._chunk_topics:
            return super().ack(message)
        message.acked = True
        self._unacked_messages.discard(message)
        notify(self._waiting_for_ack)
        chunk = cast("Chunk", message.value)
        counts = chunk.finished and message.generation_id == self.app.consumer_generation_id
        return counts and self._positions.finished(message.tp, message.offset)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        if tp.topic not in self._chunk_topics:
            await super()._add_gap(tp, offset_from, offset_to)

    def _filter_tps_with_pending_acks(self, topics: TPorTopicSet | None = None) -> Iterator[TP]:
        yield from super()._filter_tps_with_pending_acks(topics)
        for tp in self._positions:
            if topics is None or tp in topics or tp.topic in topics:
                yield tp

    def _new_offset(self, tp: TP) -> int | None:
        if tp.topic not in self._chunk_topics:
            return super()._new_offset(tp)
        return self._positions.advance(tp)

    async def perform_seek(self) -> None:
        """Seek to the committed positions; what was delivered before and is not committed comes again.

        Nothing is delivered until Faust resumes the flow, as it does after every seek. Left running, the flow put a
        chunk into an agent's queue behind the seek, and resuming clears the queues: that chunk was never processed, and
        its partition's position stood still before it.
        """
        self.stop_flow()
        await super().perform_seek()
        self._positions.forget(self._positions)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek to the committed positions, and to the beginning where there is none.

        aiokafka leaves a partition that nobody has committed yet where it is. Faust fetches before it seeks, and drops
        what comes while the flow is stopped, so that the first chunks of a new group were never processed.
        """
        committed = await super().seek_to_committed()
        unread = [tp for tp, offset in committed.items() if not offset and not self._is_changelog_tp(tp)]
        if unread:
            await self._thread.seek_to_beginning(*map(driver.ensure_aiokafka_TP, unread))
        return committed

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit what is finished, so that it does not come again elsewhere, and forget the rest."""
        await self.commit()
        self._positions.forget(revoked)
        await super().on_partitions_revoked(revoked)

    async def on_stop(self) -> None:
        """Commit what is finished; Faust's own last commit is dropped when another one is under way."""
        await super().on_stop()
        await self.force_commit()

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
