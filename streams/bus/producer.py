"""Raw bytes to Kafka, quickly and without losing any silently."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from confluent_kafka import KafkaError, Message, Producer

# Messages that wait for the broker at most: bounds memory, and makes a slow broker slow the reader down.
QUEUED = 200_000
FLUSH_SECONDS = 60.0


class DeliveryError(RuntimeError):
    """The broker did not take a message."""


class RawProducer:
    """A producer of bytes; leaving it as a context manager delivers what is left.

    Keys go to partitions as Kafka's own producers send them (murmur2), so that other producers agree.

    Args:
        bootstrap: Servers, `host:port[,host:port...]`.
        linger_ms: How long a message waits for others.
    """

    def __init__(self, bootstrap: str, *, linger_ms: float = 20.0) -> None:
        self._failure: KafkaError | None = None
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "linger.ms": linger_ms,
                "queue.buffering.max.messages": QUEUED,
                "log_level": 2,
            }
        )

    def send(self, topic: str, value: bytes, key: bytes | None = None) -> None:
        """Hand over a message; waits while too many are under way.

        Raises:
            DeliveryError: An earlier message was not taken.
        """
        while True:
            try:
                self._producer.produce(topic, value=value, key=key, on_delivery=self._delivered)
            except BufferError:
                self._producer.poll(0.1)
            else:
                break
        self._producer.poll(0)
        self._check()

    def flush(self) -> None:
        """Wait until the broker has everything.

        Raises:
            DeliveryError: It did not take a message, or not in time.
        """
        left = self._producer.flush(FLUSH_SECONDS)
        self._check()
        if left:
            raise DeliveryError(f"{left} messages were not delivered within {FLUSH_SECONDS:.0f} s")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.flush()

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        del message
        if error is not None:
            self._failure = error

    def _check(self) -> None:
        if self._failure is not None:
            raise DeliveryError(f"the broker did not take a message: {self._failure.str()}")
