"""What every local broker must do; runs on the embedded one and on Apache Kafka."""

import pytest
from confluent_kafka import Consumer, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from streams.bus.apache_kafka import ApacheKafka
from streams.bus.broker import BrokerError, EmbeddedBroker, find_tansu, free_port, serves_metadata
from tests.streams.bus.records import committed, produce


def consume(bootstrap, topic, count, group="reader"):
    """Read `count` records as a group of one, commit, and return them by partition."""
    # The embedded broker lets the first member of a group wait for half of the session timeout.
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "session.timeout.ms": 2000,
            "heartbeat.interval.ms": 500,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([topic])
    found = {}
    try:
        while sum(map(len, found.values())) < count:
            for message in consumer.consume(500, timeout=1):
                assert message.error() is None
                found.setdefault(message.partition(), []).append((message.offset(), message.value()))
        consumer.commit(asynchronous=False)
    finally:
        consumer.close()
    return found


def test_it_answers_on_loopback_once_started(any_broker):
    assert any_broker.running
    assert any_broker.bootstrap.startswith("127.0.0.1:")
    assert serves_metadata(any_broker.bootstrap, timeout=5)
    metadata = AdminClient({"bootstrap.servers": any_broker.bootstrap}).list_topics(timeout=5)
    assert {f"{node.host}:{node.port}" for node in metadata.brokers.values()} == {any_broker.bootstrap}


def test_a_topic_has_the_partitions_it_was_created_with_and_is_created_once(any_broker, new_topic):
    topic = new_topic(any_broker, partitions=3)
    admin = AdminClient({"bootstrap.servers": any_broker.bootstrap})
    assert len(admin.list_topics(topic, timeout=5).topics[topic].partitions) == 3
    with pytest.raises(KafkaException, match="TOPIC_ALREADY_EXISTS"):
        admin.create_topics([NewTopic(topic, 3, 1)])[topic].result()


def test_records_come_back_in_order_of_each_partition(any_broker, new_topic, unique):
    topic = new_topic(any_broker, partitions=4)
    produce(any_broker.bootstrap, topic, range(2000))
    found = consume(any_broker.bootstrap, topic, 2000, unique("group"))
    assert sorted(int(value) for records in found.values() for _, value in records) == list(range(2000))
    for records in found.values():
        assert [offset for offset, _ in records] == list(range(len(records)))
        assert [int(value) for _, value in records] == sorted(int(value) for _, value in records)


def test_a_group_s_positions_are_kept(any_broker, new_topic, unique):
    topic, group = new_topic(any_broker, partitions=2), unique("group")
    produce(any_broker.bootstrap, topic, range(300))
    found = consume(any_broker.bootstrap, topic, 300, group)
    assert committed(any_broker.bootstrap, group, topic, 2) == {part: len(found[part]) for part in found}
    produce(any_broker.bootstrap, topic, [300])
    assert [value for records in consume(any_broker.bootstrap, topic, 1, group).values() for _, value in records] == [
        b"300"
    ]


@pytest.mark.parametrize("kind", [EmbeddedBroker, pytest.param(ApacheKafka, marks=pytest.mark.kafka)])
def test_two_run_side_by_side_and_leave_nothing_behind(kind, kafka_or_skip, tmp_path):
    kafka_or_skip(kind)
    with kind() as one, kind(directory=tmp_path / "two") as two:
        assert one.bootstrap != two.bootstrap
        produce_to(one, "only-one")
        assert "only-one" not in AdminClient({"bootstrap.servers": two.bootstrap}).list_topics(timeout=5).topics
        servers = (one.bootstrap, two.bootstrap)
        directory = one.directory
    assert not any(serves_metadata(server, timeout=0.5) for server in servers)
    assert not directory.exists()
    assert not one.running


def produce_to(broker, topic):
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result()


async def test_it_starts_and_stops_from_a_coroutine():
    async with EmbeddedBroker() as broker:
        assert broker.running
    assert not broker.running


def test_a_broker_that_ends_at_once_is_an_error_with_its_last_words(tmp_path):
    failing = tmp_path / "failing"
    failing.write_text("#!/bin/sh\necho no such storage engine >&2\nexit 3\n")
    failing.chmod(0o755)
    broker = EmbeddedBroker(command=str(failing))
    with pytest.raises(BrokerError, match=r"ended at once.*\n.*no such storage engine"):
        broker.start()
    assert not broker.running


def test_a_broker_that_never_answers_is_stopped(tmp_path):
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexec sleep 600\n")
    silent.chmod(0o755)
    broker = EmbeddedBroker(command=str(silent))
    broker.start_seconds = 0.5
    with pytest.raises(BrokerError, match=r"gave no answer within 0\.5 s"):
        broker.start()
    assert not broker.running


def test_the_command_is_looked_for_in_order(tmp_path, monkeypatch):
    wheel = find_tansu()
    assert wheel.name == "tansu"
    on_path = tmp_path / "tansu"
    on_path.write_text("#!/bin/sh\n")
    on_path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_tansu() == on_path
    assert find_tansu(str(wheel)) == wheel
    with pytest.raises(BrokerError, match="'no-such-broker' is not an executable"):
        find_tansu("no-such-broker")


def test_apache_kafka_without_jars_says_what_to_do(tmp_path):
    with pytest.raises(BrokerError, match=r"run `make kafka`|`java` is not on PATH"):
        ApacheKafka(jars=tmp_path)


def test_a_free_port_can_be_bound():
    assert 1024 <= free_port() <= 65_535
