"""Brokers for the whole test session, and topics and names that no two tests share."""

import itertools
import os
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka.admin import AdminClient, NewTopic
from hypothesis import HealthCheck, settings

from streams.bus.apache_kafka import ApacheKafka, missing_for_apache_kafka
from streams.bus.broker import EmbeddedBroker, LocalBroker

_numbers = itertools.count()

# Machines are shared: how long an example takes says nothing about the code. Benchmarks measure time.
settings.register_profile("shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared-machine")


@pytest.fixture(scope="session")
def broker() -> Iterator[EmbeddedBroker]:
    """The embedded broker; tests share it and use topics of their own (`new_topic`)."""
    with EmbeddedBroker() as running:
        yield running


@pytest.fixture(scope="session")
def kafka_broker() -> Iterator[ApacheKafka]:
    """Apache Kafka; tests that use it carry the marker `kafka`."""
    missing = missing_for_apache_kafka()
    if missing:
        pytest.skip(missing)
    with ApacheKafka() as running:
        yield running


@pytest.fixture(params=["broker", pytest.param("kafka_broker", marks=pytest.mark.kafka)])
def any_broker(request: pytest.FixtureRequest) -> LocalBroker:
    """Each of the brokers in turn."""
    found: LocalBroker = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Make a name that no other test of this session has."""
    return lambda stem: f"{stem}-{os.getpid()}-{next(_numbers)}"


@pytest.fixture
def new_topic(unique: Callable[[str], str]) -> Callable[..., str]:
    """Create a topic of the test's own on a broker and return its name."""

    def create(on: LocalBroker, partitions: int = 4) -> str:
        name = unique("topic")
        # Named, because its futures fail when the client is collected.
        admin = AdminClient({"bootstrap.servers": on.bootstrap})
        admin.create_topics([NewTopic(name, partitions, 1)])[name].result()
        return name

    return create


@pytest.fixture
def kafka_or_skip() -> Callable[[type[LocalBroker]], None]:
    """Skip a test that wants Apache Kafka, saying why, where it cannot run."""

    def check(kind: type[LocalBroker]) -> None:
        missing = missing_for_apache_kafka() if kind is ApacheKafka else None
        if missing:
            pytest.skip(missing)

    return check
