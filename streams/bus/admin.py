"""Topics of the bus: created as `streams.topics` lays them out, and how far they and their readers are."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from streams.bus.connection import Brokers, client_of
from streams.topics import BY_BROKER, LAYOUT, TopicLayout

TIMEOUT_SECONDS = 30.0
POLL_SECONDS = 0.05


class TopicError(RuntimeError):
    """A topic is not as it must be, or cannot be created; the message names it and what to do."""


class Ends(NamedTuple):
    """The offsets of a partition: of its first record, and behind its last."""

    low: int
    high: int


def create_topics(
    bootstrap: str | Brokers, partitions: int, replication: int = 1, layout: Iterable[TopicLayout] = LAYOUT
) -> tuple[str, ...]:
    """Create the topics that do not exist yet and return their names; safe to repeat.

    Args:
        bootstrap: The brokers, or the servers of plain ones.
        partitions: Partitions of the topics whose layout leaves it to the setting.
        replication: Replication factor of new topics.
        layout: The topics; all of the project by default.

    Raises:
        TopicError: A topic exists with another number of partitions, or the broker refused to create one. Nothing is
            created when one does not fit.
    """
    admin = AdminClient({**client_of(bootstrap), "log_level": 0})
    wanted = {topic.name: topic for topic in layout}
    existing = _partition_counts(admin)
    for name, topic in wanted.items():
        _check_partitions(name, topic.partitions or partitions, existing.get(name))
    new = [
        NewTopic(
            name,
            topic.partitions or partitions,
            replication,
            config=dict((("cleanup.policy", topic.cleanup), BY_BROKER, *topic.config)),
        )
        for name, topic in wanted.items()
        if name not in existing
    ]
    created = tuple(_create(admin, new))
    found = _wait_for_topics(admin, wanted)
    for name, topic in wanted.items():  # again: another process may have been quicker, and must have wanted the same
        _check_partitions(name, topic.partitions or partitions, found[name])
    return created


def topic_ends(bootstrap: str | Brokers, topic: str) -> dict[int, Ends]:
    """Return the low and high offset of every partition of `topic`.

    Raises:
        TopicError: There is no such topic.
    """
    admin = AdminClient({**client_of(bootstrap), "log_level": 0})
    count = _partition_counts(admin).get(topic)
    if count is None:
        raise TopicError(f"topic {topic!r} does not exist: run `stillwatch init`")
    lows = _offsets(admin, topic, count, OffsetSpec.earliest())  # type: ignore[no-untyped-call]
    highs = _read_to_end(bootstrap, topic, _offsets(admin, topic, count, OffsetSpec.latest()))  # type: ignore[no-untyped-call]
    return {number: Ends(lows[number], highs[number]) for number in range(count)}


def group_lag(bootstrap: str | Brokers, group: str, topic: str) -> int:
    """How many records of `topic` the consumer group has not committed yet, over all partitions."""
    ends = topic_ends(bootstrap, topic)
    admin = AdminClient({**client_of(bootstrap), "log_level": 0})
    asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, number) for number in ends])
    answer = admin.list_consumer_group_offsets([asked])[group].result(TIMEOUT_SECONDS)
    positions = {position.partition: position.offset for position in answer.topic_partitions}
    # A negative position means that nothing was committed: the group starts at the first record.
    return sum(end.high - max(end.low, positions.get(number, -1)) for number, end in ends.items())


def _create(admin: AdminClient, topics: list[NewTopic]) -> Iterator[str]:
    """Create the topics, and yield the names of those that were not there."""
    for name, done in admin.create_topics(topics).items() if topics else ():
        try:
            done.result(TIMEOUT_SECONDS)
            yield name
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise TopicError(f"topic {name!r} cannot be created: {error.args[0].str()}") from error


def _wait_for_topics(admin: AdminClient, names: Collection[str]) -> dict[str, int]:
    """Wait until the broker knows the topics: Kafka's controller answers before its brokers have heard of them."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not set(names) <= (found := _partition_counts(admin)).keys():
        if time.monotonic() > deadline:
            raise TopicError(
                f"created, but the broker does not show them: {', '.join(sorted(set(names) - set(found)))}"
            )
        time.sleep(POLL_SECONDS)
    return found


def _check_partitions(name: str, wanted: int, found: int | None) -> None:
    if found is not None and found != wanted:
        raise TopicError(
            f"topic {name!r} has {found} partitions, wanted {wanted}: set `partitions` to the number it was created "
            "with, or delete the topic and the worker's changelogs to start anew"
        )


def _partition_counts(admin: AdminClient) -> dict[str, int]:
    try:
        metadata = admin.list_topics(timeout=TIMEOUT_SECONDS)
    except KafkaException as error:
        raise TopicError(f"the broker does not answer: {error.args[0].str()}; check the setting `kafka`") from error
    return {name: len(topic.partitions) for name, topic in metadata.topics.items() if topic.error is None}


def _offsets(admin: AdminClient, topic: str, count: int, at: OffsetSpec) -> dict[int, int]:
    asked = {TopicPartition(topic, number): at for number in range(count)}
    answers = admin.list_offsets(asked, request_timeout=TIMEOUT_SECONDS)
    return {partition.partition: answer.result().offset for partition, answer in answers.items()}


def _known(number: int | None) -> int:
    assert number is not None, "a message from the broker has a partition and an offset"
    return number


def _read_to_end(bootstrap: str | Brokers, topic: str, highs: dict[int, int]) -> dict[int, int]:
    """Correct the high offsets by reading on from them.

    The embedded broker (Tansu 0.6) answers an offset request with the first offset of the last batch plus one; what is
    behind is at most a batch. Other brokers answer with the end, and there is nothing to read.
    """
    consumer = Consumer(
        {**client_of(bootstrap), "group.id": "-", "enable.partition.eof": True, "enable.auto.commit": False}
    )
    ends: dict[int, int] = {}
    try:
        consumer.assign([TopicPartition(topic, number, high) for number, high in highs.items()])
        while len(ends) < len(highs):
            for message in consumer.consume(1000, timeout=1.0):
                error = message.error()
                if error is None:
                    continue
                if error.code() != KafkaError._PARTITION_EOF:
                    raise TopicError(f"cannot read the end of {topic!r}: {error.str()}")
                ends[_known(message.partition())] = _known(message.offset())
    finally:
        consumer.close()
    return ends
