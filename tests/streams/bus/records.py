"""Records for the tests of the bus: produced, and the positions that a group committed."""

from collections.abc import Iterable

from confluent_kafka import Consumer, Producer, TopicPartition


def produce(bootstrap: str, topic: str, numbers: Iterable[int], partition: int | None = None) -> None:
    """Produce one record per number: the number as value, one of 100 keys."""
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "linger.ms": 5})
    options = {} if partition is None else {"partition": partition}
    for number in numbers:
        producer.produce(topic, key=b"account-%d" % (number % 100), value=b"%d" % number, **options)
        producer.poll(0)
    assert producer.flush(30) == 0


def committed(bootstrap: str, group: str, topic: str, partitions: int) -> dict[int, int]:
    """Return the committed position of each partition that has one."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group})
    try:
        found = consumer.committed([TopicPartition(topic, number) for number in range(partitions)], timeout=10)
        return {position.partition: position.offset for position in found if position.offset >= 0}
    finally:
        consumer.close()
