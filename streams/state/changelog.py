"""The saved state of one partition: records on a compacted topic, each checkpoint written whole or not at all.

Why not a Faust table. A table's changelog is written record by record through the same producer as everything else, so
that a worker that is killed in the middle of a checkpoint leaves accounts of two moments; and a worker that has lost
its partition without noticing goes on overwriting what its successor wrote. A Kafka transaction solves both, with the
broker's own means: what is read is committed whole, and the `transactional.id`, one per partition, locks out whoever
held it before.

It is only the state that is written in transactions. Rows and messages are not: they carry deterministic ids and
cumulative counts, and being written twice changes nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

# Longest wait for a broker that is restarting; a worker that waits longer stops, and its supervisor starts another.
BROKER_SECONDS = 60.0
READ_AT_ONCE = 10_000
REPORT_SECONDS = 2.0
_FENCED = (KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED)

_SILENT = logging.getLogger(f"{__name__}.librdkafka")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False

Record = tuple[bytes, bytes | None]


class ChangelogError(RuntimeError):
    """State cannot be written or read; the message says why, and holds nothing of the state."""


class LostPartitionError(ChangelogError):
    """Another worker has taken the partition over."""


class Changelog:
    """The records of one partition; `take_over` comes first.

    Args:
        client: Settings of librdkafka that reach the broker.
        topic, partition: Where the records are.
        group: Of the workers that share the work; with topic and partition it is whose state this is.
    """

    def __init__(self, client: Mapping[str, object], topic: str, partition: int, group: str) -> None:
        self._client = dict(client)
        self._topic, self._partition = topic, partition
        self._producer = Producer(
            {
                **self._client,
                "transactional.id": f"{group}.{topic}.{partition}",
                "transaction.timeout.ms": int(BROKER_SECONDS * 1000),
                "compression.type": "lz4",
                "linger.ms": 5,
                "queue.buffering.max.messages": 1_000_000,
                "queue.buffering.max.kbytes": 1 << 20,
                "delivery.report.only.error": True,
            },
            # Errors are raised where they matter; librdkafka would print them to standard error as well.
            logger=_SILENT,
        )

    def take_over(self, report: Callable[[int, int], None] = lambda _done, _all: None) -> Iterator[Record]:
        """Lock out whoever wrote here before, then yield every record: of one key several, the last one holds.

        Args:
            report: Called every few seconds with the records read and those there are, at most.

        Raises:
            ChangelogError: The broker does not answer.
        """
        self._do(self._producer.init_transactions, BROKER_SECONDS)
        for _, key, value in read_partition(self._client, self._topic, self._partition, report=report):
            yield key, value

    def write(self, records: Iterable[Record]) -> int:
        """Write records together, tombstones among them; return how many bytes they are.

        Raises:
            LostPartitionError: Another worker has the partition.
            ChangelogError: The broker did not take them.
        """
        written = 0
        self._do(self._producer.begin_transaction)
        for key, value in records:
            written += len(key) + len(value or b"")
            self._put(key, value)
        self._do(self._producer.commit_transaction, BROKER_SECONDS)
        return written

    def _put(self, key: bytes, value: bytes | None) -> None:
        while True:
            try:
                self._do(self._producer.produce, self._topic, value, key, self._partition)
            except BufferError:
                self._producer.poll(0.1)
            else:
                return

    def _do(self, call: Callable[..., object], *arguments: object) -> None:
        deadline = time.monotonic() + BROKER_SECONDS
        while True:
            try:
                call(*arguments)
            except KafkaException as error:
                reason: KafkaError = error.args[0]
                if reason.retriable() and time.monotonic() < deadline:
                    continue
                where = f"{self._topic}/{self._partition}"
                if reason.code() in _FENCED:
                    raise LostPartitionError(f"another worker has taken over the state of {where}") from error
                if reason.code() == KafkaError._FATAL:  # all that librdkafka says of a transaction that was broken off
                    raise ChangelogError(
                        f"the state of {where} cannot be written any more, as a rule because another worker has taken"
                        " it over: start this one again"
                    ) from error
                raise ChangelogError(f"the state of {where} cannot be written: {reason.str()}") from error
            else:
                return


def read_partition(
    client: Mapping[str, object],
    topic: str,
    partition: int,
    *,
    begin: int = 0,
    end: int | None = None,
    report: Callable[[int, int], None] = lambda _done, _all: None,
) -> Iterator[tuple[int, bytes, bytes | None]]:
    """Yield offset, key and value of every committed record of a partition.

    Args:
        client: Settings of librdkafka that reach the broker.
        topic: What to read.
        partition: Of it.
        begin: Offset of the first record that is wanted.
        end: Offset of the first record that is not; None: read what there is.
        report: Called every few seconds with how far it is and how far it goes.

    Raises:
        ChangelogError: The broker does not answer.
    """
    consumer = Consumer(
        {
            **client,
            "group.id": "stillwatch-reader",  # never joined
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )
    try:
        low, high = _bounds(consumer, topic, partition)
        low = max(low, begin)
        # What is asked for exists; the embedded broker's word on where a partition ends may be a batch short.
        last = high if end is None else end
        if low >= last:
            return
        consumer.assign([TopicPartition(topic, partition, low)])
        yield from _read(consumer, low, last, report)
    finally:
        consumer.close()


def _read(
    consumer: Consumer, low: int, last: int, report: Callable[[int, int], None]
) -> Iterator[tuple[int, bytes, bytes | None]]:
    deadline, reported = time.monotonic() + BROKER_SECONDS, time.monotonic()
    while True:
        for message in consumer.consume(READ_AT_ONCE, timeout=1.0):
            error, offset = message.error(), message.offset()
            if error is not None:
                if error.code() == KafkaError._PARTITION_EOF and offset is not None and offset >= last:
                    return
                continue
            deadline = time.monotonic() + BROKER_SECONDS
            if offset is None or offset >= last:
                return
            key, value = message.key(), message.value()
            yield offset, _bytes(key) or b"", _bytes(value)
            if offset == last - 1:
                return
            if time.monotonic() > reported + REPORT_SECONDS:
                reported = time.monotonic()
                report(offset - low, last - low)
        if time.monotonic() > deadline:
            raise ChangelogError(f"the broker sent nothing for {BROKER_SECONDS:g} s while state was read")


def _bounds(consumer: Consumer, topic: str, partition: int) -> tuple[int, int]:
    try:
        bounds = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=BROKER_SECONDS)
    except KafkaException as error:
        raise ChangelogError(f"topic {topic!r} cannot be read: {error.args[0].str()}; see `stillwatch init`") from error
    if bounds is None:
        raise ChangelogError(f"the broker did not say how long {topic}/{partition} is within {BROKER_SECONDS:g} s")
    return bounds


def _bytes(data: str | bytes | None) -> bytes | None:
    return data.encode() if isinstance(data, str) else data
