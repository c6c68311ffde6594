"""What a run made on somebody's Kafka, taken away again."""

from __future__ import annotations

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from streams.bus.connection import Brokers, client_of, servers_of

TIMEOUT_SECONDS = 30.0
_GONE = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.GROUP_ID_NOT_FOUND)


class RemovalError(RuntimeError):
    """Something could not be removed; the message names it."""


def remove_run(bootstrap: str | Brokers, name: str) -> None:
    """Delete the consumer group `name`, and every topic that begins with it; safe to repeat.

    Args:
        bootstrap: The brokers, or the servers of plain ones.
        name: Of one run: long and random enough that no other group or topic begins with it.

    Raises:
        RemovalError: The broker does not answer, or refuses.
    """
    admin = AdminClient({**client_of(bootstrap), "log_level": 0})
    try:
        topics = [topic for topic in admin.list_topics(timeout=TIMEOUT_SECONDS).topics if topic.startswith(name)]
        answers = admin.delete_topics(topics) if topics else {}
        for answer in (*answers.values(), *admin.delete_consumer_groups([name]).values()):
            try:
                answer.result(TIMEOUT_SECONDS)
            except KafkaException as error:
                if error.args[0].code() not in _GONE:
                    raise
    except KafkaException as error:
        raise RemovalError(
            f"group {name!r} and the topics that begin with it could not be removed from {servers_of(bootstrap)}:"
            f" {error.args[0].str()}; remove them by hand"
        ) from error
