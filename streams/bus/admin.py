"""Topics: made as `streams.topics` lays them out, and measured."""

from __future__ import annotations

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from streams.topics import LAYOUT

TIMEOUT_SECONDS = 30.0


class TopicError(RuntimeError):
    """A topic is not as it must be; the message says what to do."""


def create_topics(bootstrap: str, partitions: int, *, replication: int = 1) -> list[str]:
    """Create the topics that are missing and return their names; safe to repeat.

    Args:
        bootstrap: Servers, `host:port[,host:port...]`.
        partitions: Of each topic whose number the layout leaves open.
        replication: Copies of each partition.

    Raises:
        TopicError: A topic exists with another number of partitions, or cannot be created.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap})
    try:
        existing = admin.list_topics(timeout=TIMEOUT_SECONDS).topics
    except KafkaException as error:
        raise TopicError(f"Kafka at {bootstrap} does not answer ({error}): check STILLWATCH_KAFKA") from error
    wanted = {topic.name: topic.partitions or partitions for topic in LAYOUT}
    for name, count in wanted.items():
        if name in existing and len(existing[name].partitions) != count:
            raise TopicError(
                f"topic {name} has {len(existing[name].partitions)} partitions and the settings ask for {count}:"
                " set `partitions` to what it has, or start with new topics"
            )
    missing = [
        NewTopic(topic.name, wanted[topic.name], replication, config={"cleanup.policy": topic.cleanup})
        for topic in LAYOUT
        if topic.name not in existing
    ]
    for name, made in (admin.create_topics(missing) if missing else {}).items():
        try:
            made.result(TIMEOUT_SECONDS)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:  # somebody else's `init` was quicker
                raise TopicError(f"topic {name} cannot be created: {error}") from error
    return [topic.topic for topic in missing]


def topic_ends(bootstrap: str, topic: str) -> dict[int, tuple[int, int]]:
    """Return the first and the next offset of each partition of a topic.

    Raises:
        KafkaException: The broker does not answer.
    """
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "stillwatch-ends"})
    try:
        partitions = consumer.list_topics(topic, timeout=TIMEOUT_SECONDS).topics[topic].partitions
        return {
            partition: consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=TIMEOUT_SECONDS)
            for partition in partitions
        }
    finally:
        consumer.close()
