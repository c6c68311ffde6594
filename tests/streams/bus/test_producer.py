"""Raw producing: everything arrives, in the partitions that Kafka's own producers choose, or an error says so."""

import pytest
from aiokafka.partitioner import murmur2
from confluent_kafka import Consumer, TopicPartition

from streams.bus import producer as module
from streams.bus.admin import topic_ends
from streams.bus.broker import EmbeddedBroker
from streams.bus.producer import DeliveryError, RawProducer

KEYS = [b"", b"a", "schl\u00fcssel".encode(), b"x" * 300, *(b"account-%d" % number for number in range(200))]


def read_all(bootstrap, topic):
    """Every record as (partition, key, value)."""
    ends = topic_ends(bootstrap, topic)
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "-"})
    consumer.assign([TopicPartition(topic, number, 0) for number in ends])
    found = []
    try:
        while len(found) < sum(end.high for end in ends.values()):
            found += [(one.partition(), one.key(), one.value()) for one in consumer.consume(1000, timeout=0.5)]
    finally:
        consumer.close()
    return found


def test_keys_go_where_murmur2_sends_them(any_broker, new_topic):
    topic = new_topic(any_broker, partitions=7)
    with RawProducer(any_broker.bootstrap) as producer:
        for key in KEYS:
            producer.send(topic, b"value of " + key, key)
    found = read_all(any_broker.bootstrap, topic)
    assert sorted(key for _, key, _ in found) == sorted(KEYS)
    for partition, key, value in found:
        assert value == b"value of " + key
        assert partition == (murmur2(key) & 0x7FFFFFFF) % 7


def test_the_order_of_a_key_is_kept_and_no_key_is_spread(any_broker, new_topic):
    topic = new_topic(any_broker, partitions=4)
    with RawProducer(any_broker.bootstrap) as producer:
        for number in range(3000):
            producer.send(topic, b"%d" % number, b"one account")
    numbers = [int(value) for _, _, value in read_all(any_broker.bootstrap, topic)]
    assert numbers == list(range(3000))

    keyless = new_topic(any_broker, partitions=4)
    with RawProducer(any_broker.bootstrap, linger_ms=0) as producer:
        for _ in range(200):
            producer.send(keyless, b"broken")
            producer.flush()
    found = read_all(any_broker.bootstrap, keyless)
    assert {key for _, key, _ in found} == {None}
    assert len({partition for partition, _, _ in found}) > 1


def test_a_full_queue_makes_the_sender_wait(broker, new_topic, monkeypatch):
    monkeypatch.setattr(module, "QUEUED_MESSAGES", 10)
    topic = new_topic(broker)
    with RawProducer(broker.bootstrap) as producer:
        for number in range(500):
            producer.send(topic, b"%d" % number)
    assert sum(end.high for end in topic_ends(broker.bootstrap, topic).values()) == 500


@pytest.mark.kafka
def test_a_topic_that_is_not_there_is_an_error(kafka_broker, unique):
    producer = RawProducer(kafka_broker.bootstrap, timeout_seconds=2)
    producer.send(unique("not-there"), b"value")
    with pytest.raises(DeliveryError, match=r"did not take a message|were not delivered within 2 s"):
        producer.flush()


def test_a_message_above_the_limit_is_an_error_without_its_text(broker, new_topic):
    topic = new_topic(broker)
    with (
        pytest.raises(DeliveryError, match=rf"2,000,000 bytes cannot be sent to topic '{topic}'.*too large") as raised,
        RawProducer(broker.bootstrap) as producer,
    ):
        producer.send(topic, b"secret. " * 250_000)
    assert "secret" not in str(raised.value)


def test_a_broker_that_went_away_is_an_error_of_a_later_send():
    with EmbeddedBroker() as gone:
        bootstrap = gone.bootstrap
    producer = RawProducer(bootstrap, timeout_seconds=0.5)

    def send_forever():
        while True:
            producer.send("events", b"value")

    with pytest.raises(DeliveryError, match="did not take a message"):
        send_forever()
    with pytest.raises(DeliveryError):
        producer.flush()


def test_leaving_with_an_error_does_not_wait_for_the_broker():
    with EmbeddedBroker() as gone:
        bootstrap = gone.bootstrap

    def fail_after_sending():
        with RawProducer(bootstrap) as producer:
            producer.send("events", b"value")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_sending()
