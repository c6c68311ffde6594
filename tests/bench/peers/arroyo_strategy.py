"""Sentry's arroyo: one strategy on its stream processor."""

from __future__ import annotations

from arroyo.backends.kafka import KafkaConsumer, KafkaPayload
from arroyo.backends.kafka.configuration import build_kafka_consumer_configuration
from arroyo.processing.processor import StreamProcessor
from arroyo.processing.strategies.abstract import ProcessingStrategy, ProcessingStrategyFactory
from arroyo.types import Topic
from counting import Counting, arguments


class Count(ProcessingStrategy):
    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    def poll(self) -> None: ...

    def submit(self, message) -> None:
        payload: KafkaPayload = message.payload
        self._counting.see(payload.value)

    def close(self) -> None: ...
    def terminate(self) -> None: ...
    def join(self, timeout=None) -> None: ...


class Factory(ProcessingStrategyFactory):
    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    def create_with_partitions(self, commit, partitions) -> Count:
        return Count(self._counting)


def main() -> None:
    bootstrap, topic, events = arguments()
    options = {"bootstrap.servers": bootstrap}
    configuration = build_kafka_consumer_configuration(options, group_id="peer-arroyo", auto_offset_reset="earliest")
    StreamProcessor(KafkaConsumer(configuration), Topic(topic), Factory(Counting(events))).run()


if __name__ == "__main__":
    main()
