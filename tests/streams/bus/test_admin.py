"""Topics are created once, as laid out, and their ends and a group's lag are told exactly; on both brokers."""

import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from streams.bus.admin import Ends, TopicError, create_topics, group_lag, topic_ends
from streams.topics import LAYOUT, TopicLayout
from tests.streams.bus.records import produce


@pytest.fixture
def layout(unique):
    """The project's layout under names of this test alone."""
    return tuple(topic._replace(name=unique(topic.name)) for topic in LAYOUT)


def test_topics_are_created_as_laid_out_and_only_once(any_broker, layout):
    assert create_topics(any_broker.bootstrap, 6, layout=layout) == tuple(topic.name for topic in layout)
    assert create_topics(any_broker.bootstrap, 6, layout=layout) == ()
    found = AdminClient({"bootstrap.servers": any_broker.bootstrap}).list_topics(timeout=10).topics
    for topic in layout:
        assert len(found[topic.name].partitions) == (topic.partitions or 6)


def read_all(bootstrap, topic):
    """Return the messages of partition 0."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "-", "enable.auto.commit": False})
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        return consumer.consume(1, timeout=20)
    finally:
        consumer.close()


@pytest.mark.kafka
def test_the_clean_up_policy_is_set(kafka_broker, layout):
    create_topics(kafka_broker.bootstrap, 2, layout=layout)
    admin = AdminClient({"bootstrap.servers": kafka_broker.bootstrap})
    for topic in layout:
        resource = ConfigResource(ResourceType.TOPIC, topic.name)
        assert admin.describe_configs([resource])[resource].result()["cleanup.policy"].value == topic.cleanup


@pytest.mark.kafka
@pytest.mark.parametrize("hours", [-30_000, -6, 6, 30_000])
def test_a_machine_whose_clock_is_wrong_can_produce_to_every_topic(kafka_broker, layout, hours):
    create_topics(kafka_broker.bootstrap, 1, layout=layout)
    producer = Producer({"bootstrap.servers": kafka_broker.bootstrap, "linger.ms": 0})
    now, said = time.time(), []
    for topic in layout:
        producer.produce(
            topic.name,
            b"{}",
            b"key",
            timestamp=int(1000 * (now + 3600 * hours)),
            on_delivery=lambda error, message: said.append((error, message.topic())),
        )
    assert producer.flush(20) == 0
    assert sorted(said, key=lambda one: one[1]) == sorted((None, topic.name) for topic in layout)
    for topic in layout:
        [message] = read_all(kafka_broker.bootstrap, topic.name)
        assert abs(message.timestamp()[1] / 1000 - now) < 600, "what is kept goes by the broker's clock"


def test_another_number_of_partitions_is_an_error_that_names_both(any_broker, layout):
    first, *rest = layout
    create_topics(any_broker.bootstrap, 3, layout=[first])
    with pytest.raises(TopicError, match=rf"'{first.name}' has 3 partitions, wanted 5: set `partitions`"):
        create_topics(any_broker.bootstrap, 5, layout=layout)
    existing = AdminClient({"bootstrap.servers": any_broker.bootstrap}).list_topics(timeout=10).topics
    assert not {topic.name for topic in rest} & set(existing)


@pytest.mark.kafka
def test_what_the_broker_refuses_is_an_error_that_names_the_topic(kafka_broker):
    with pytest.raises(TopicError, match=r"'bad/name' cannot be created: .*invalid"):
        create_topics(kafka_broker.bootstrap, 1, layout=[TopicLayout("bad/name", 1, "delete")])


def test_no_broker_is_an_error_that_names_the_setting(monkeypatch):
    monkeypatch.setattr("streams.bus.admin.TIMEOUT_SECONDS", 0.5)
    with pytest.raises(TopicError, match=r"does not answer: .*; check the setting `kafka`"):
        create_topics("127.0.0.1:1", 1)


def test_ends_count_every_record_of_the_last_batch(any_broker, new_topic):
    topic = new_topic(any_broker, partitions=3)
    produce(any_broker.bootstrap, topic, range(500), partition=0)
    produce(any_broker.bootstrap, topic, range(1), partition=2)
    assert topic_ends(any_broker.bootstrap, topic) == {0: Ends(0, 500), 1: Ends(0, 0), 2: Ends(0, 1)}
    assert group_lag(any_broker.bootstrap, "nobody", topic) == 501


def test_ends_of_a_topic_that_is_not_there(any_broker):
    with pytest.raises(TopicError, match="'not-there' does not exist: run `stillwatch init`"):
        topic_ends(any_broker.bootstrap, "not-there")
