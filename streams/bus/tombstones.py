"""Records that say of a compacted topic's key: it is gone."""

from __future__ import annotations

from confluent_kafka import KafkaException, Producer

from streams.bus.admin import topic_ends
from streams.bus.connection import Brokers, client_of, servers_of

TIMEOUT_SECONDS = 30.0


class BurialError(RuntimeError):
    """A tombstone was not taken; the message names topic and brokers, never the key."""


def bury(bootstrap: str | Brokers, topic: str, key: bytes) -> int:
    """Write a tombstone for `key` to every partition of `topic`; return how many partitions it has.

    To every one, because only whoever wrote the record knows its partition, and a tombstone too many hurts nobody. What
    it stands for is gone once the broker compacts.

    Args:
        bootstrap: The brokers, or the servers of plain ones.
        topic: Full name.
        key: Of the record.

    Raises:
        TopicError: There is no such topic.
        BurialError: The brokers do not answer, or refuse.
    """
    partitions = topic_ends(bootstrap, topic)
    refused: list[str] = []
    producer = Producer({**client_of(bootstrap), "enable.idempotence": True, "log_level": 0})
    try:
        for partition in partitions:
            producer.produce(
                topic,
                key=key,
                value=None,
                partition=partition,
                on_delivery=lambda error, _: refused.append(error.str()) if error else None,
            )
        waiting = producer.flush(TIMEOUT_SECONDS)
    except KafkaException as error:
        refused, waiting = [error.args[0].str()], 0
    if refused or waiting:
        raise BurialError(
            f"tombstones for topic {topic!r} were not taken by {servers_of(bootstrap)}"
            f" ({refused[0] if refused else 'no answer'}): check the brokers, then erase again"
        )
    return len(partitions)
