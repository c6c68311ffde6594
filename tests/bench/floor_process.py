"""The floor: a confluent-kafka loop that reads a topic and does nothing with it.

`python -m tests.bench.floor_process BOOTSTRAP TOPIC EVENTS` writes the CPU seconds of this process.
"""

from __future__ import annotations

import sys
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from streams.bus.admin import topic_ends


def main(bootstrap: str, topic: str, events: int) -> None:
    partitions = topic_ends(bootstrap, topic)
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "floor", "enable.auto.commit": False})
    began = time.process_time()
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
    seen = 0
    while seen < events:
        seen += len([message.value() for message in consumer.consume(5000, timeout=1.0)])
    sys.stdout.write(f"{time.process_time() - began}\n")
    consumer.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
