"""The names of the topics, and how each is laid out on the broker."""

from __future__ import annotations

from typing import Literal, NamedTuple

API_EVENTS = "api-events"
ACCOUNT_FACTS = "account-facts"
DEAD_LETTERS = "dead-letters"
SIGHTINGS = "sightings"
EVIDENCE = "evidence"
ALERTS = "alerts"
ACCOUNT_STATE = "account-state"


# Messages are dated by the broker. By its producer's clock, one whose clock is an hour ahead is refused, and what one
# says whose clock is behind is deleted at once by the retention, before links are put back from it.
BY_BROKER = ("message.timestamp.type", "LogAppendTime")


class TopicLayout(NamedTuple):
    """How one topic is created: its partitions (`None` = the setting), its clean-up policy, and what else it needs.

    All are dated `BY_BROKER`.
    """

    name: str
    partitions: int | None
    cleanup: Literal["delete", "compact"]
    config: tuple[tuple[str, str], ...] = ()


# State is read whole by whoever takes a partition over, so what has been overwritten has to go soon: small segments,
# compacted at the latest when a fifth of the log is out of date.
_STATE = (("segment.bytes", str(64 << 20)), ("segment.ms", "600000"), ("min.cleanable.dirty.ratio", "0.2"))

# `evidence` has one partition because campaigns are joined across all link keys, and few links get that far.
LAYOUT = (
    TopicLayout(API_EVENTS, None, "delete"),
    TopicLayout(ACCOUNT_FACTS, None, "compact"),
    TopicLayout(SIGHTINGS, None, "delete"),
    TopicLayout(EVIDENCE, 1, "delete"),
    TopicLayout(ALERTS, 1, "delete"),
    TopicLayout(DEAD_LETTERS, 1, "delete"),
    TopicLayout(ACCOUNT_STATE, None, "compact", _STATE),
)


def layout(prefix: str = "") -> tuple[TopicLayout, ...]:
    """Return the layout of every topic, each name behind the setting `topic_prefix`.

    >>> layout("staging.")[0].name
    'staging.api-events'
    """
    return tuple(topic._replace(name=prefix + topic.name) for topic in LAYOUT)
