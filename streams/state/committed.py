"""How far a group of workers has committed a partition."""

from __future__ import annotations

from collections.abc import Mapping

from confluent_kafka import Consumer, KafkaException, TopicPartition

from streams.state.changelog import BROKER_SECONDS, ChangelogError


def committed(client: Mapping[str, object], group: str, topic: str, partition: int) -> int:
    """Return the offset at which the group goes on; 0 where it has committed nothing.

    Raises:
        ChangelogError: The broker does not answer.
    """
    consumer = Consumer({**client, "group.id": group, "enable.auto.commit": False, "log_level": 0})
    try:
        [position] = consumer.committed([TopicPartition(topic, partition)], timeout=BROKER_SECONDS)
    except KafkaException as error:
        raise ChangelogError(f"the position of {topic}/{partition} is unknown: {error.args[0].str()}") from error
    finally:
        consumer.close()
    if position.error is not None:
        raise ChangelogError(f"the position of {topic}/{partition} is unknown: {position.error.str()}")
    return max(position.offset, 0)
