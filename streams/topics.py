"""The names of the topics, and how each is laid out on the broker."""

from __future__ import annotations

from typing import Literal, NamedTuple

API_EVENTS = "api-events"
ACCOUNT_FACTS = "account-facts"
DEAD_LETTERS = "dead-letters"
SIGHTINGS = "sightings"
EVIDENCE = "evidence"
ALERTS = "alerts"


class TopicLayout(NamedTuple):
    """How one topic is created: its partitions (`None` = the setting) and its clean-up policy."""

    name: str
    partitions: int | None
    cleanup: Literal["delete", "compact"]


# `evidence` has one partition because campaigns are joined across all link keys, and few links get that far.
LAYOUT = (
    TopicLayout(API_EVENTS, None, "delete"),
    TopicLayout(ACCOUNT_FACTS, None, "compact"),
    TopicLayout(SIGHTINGS, None, "delete"),
    TopicLayout(EVIDENCE, 1, "delete"),
    TopicLayout(ALERTS, 1, "delete"),
    TopicLayout(DEAD_LETTERS, 1, "delete"),
)


def layout(prefix: str = "") -> tuple[TopicLayout, ...]:
    """Return the layout of every topic, each name behind the setting `topic_prefix`.

    >>> layout("staging.")[0].name
    'staging.api-events'
    """
    return tuple(topic._replace(name=prefix + topic.name) for topic in LAYOUT)
