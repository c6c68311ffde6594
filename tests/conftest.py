"""Brokers for the whole test session, and topics and names that no two tests share."""

import itertools
import os
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from streams.bus.broker import EmbeddedBroker

_numbers = itertools.count()


@pytest.fixture(scope="session")
def broker() -> Iterator[EmbeddedBroker]:
    """The embedded broker; tests share it and use topics of their own (`new_topic`)."""
    with EmbeddedBroker() as running:
        yield running


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Make a name that no other test of this session has."""
    return lambda stem: f"{stem}-{os.getpid()}-{next(_numbers)}"


@pytest.fixture
def new_topic(broker: EmbeddedBroker, unique: Callable[[str], str]) -> Callable[..., str]:
    """Create a topic on the embedded broker and return its name."""

    def create(partitions: int = 4) -> str:
        name = unique("topic")
        # Named, because its futures fail when the client is collected.
        admin = AdminClient({"bootstrap.servers": broker.bootstrap})
        admin.create_topics([NewTopic(name, partitions, 1)])[name].result()
        return name

    return create
