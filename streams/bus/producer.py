"""Raw bytes to Kafka, quickly and without losing any silently."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams.bus.connection import Brokers, client_of

# What may wait for the broker: bounds memory, and makes a slow broker slow the sender down.
QUEUED_MESSAGES = 100_000
QUEUED_KIB = 64 * 1024
FLUSH_SECONDS = 60.0


class DeliveryError(RuntimeError):
    """The broker did not take a message; the text says why, and holds nothing of the message."""


class RawProducer:
    """A producer of bytes; leaving it as a context manager delivers what is left.

    Keys go to partitions as Kafka's own producers send them (murmur2), so that other producers agree. Idempotent: what
    the client sends again after a lost answer is stored once, and the order of each partition is kept. Uncompressed,
    because aiokafka, which reads it, knows no codec but gzip without further packages, and gzip costs more than all
    the rest.

    Args:
        bootstrap: The brokers, or the servers of plain ones.
        linger_ms: How long a message waits for others.
        timeout_seconds: How long the broker has to take a message before that is an error.
    """

    def __init__(
        self, bootstrap: str | Brokers, *, linger_ms: float = 20.0, timeout_seconds: float = FLUSH_SECONDS
    ) -> None:
        self._failure: KafkaError | None = None
        self._timeout = timeout_seconds
        self._producer = Producer(
            {
                **client_of(bootstrap),
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "linger.ms": linger_ms,
                "message.timeout.ms": int(timeout_seconds * 1000),
                "queue.buffering.max.messages": QUEUED_MESSAGES,
                "queue.buffering.max.kbytes": QUEUED_KIB,
                # One callback per message would be most of the cost of sending it.
                "delivery.report.only.error": True,
                "on_delivery": self._refused,
                "log_level": 0,
            }
        )

    def send(self, topic: str, value: bytes, key: bytes | None = None) -> None:
        """Hand over a message; waits while too many are under way.

        Raises:
            DeliveryError: This message cannot be sent, or an earlier one was not taken.
        """
        while True:
            try:
                self._producer.produce(topic, value, key)
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                raise self._cannot_send(topic, len(value), error.args[0]) from error
            else:
                break
            self._check()
        self._producer.poll(0)
        self._check()

    def flush(self) -> None:
        """Wait until the broker has everything.

        Raises:
            DeliveryError: It did not take a message, or not in time.
        """
        left = self._producer.flush(self._timeout)
        self._check()
        if left:
            raise DeliveryError(f"{left} messages were not delivered within {self._timeout:g} s")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.flush()
        else:
            # What is still queued must not keep a failed process waiting for its broker.
            self._producer.purge()

    def _refused(self, error: KafkaError | None, message: Message) -> None:
        del message
        if error is not None and self._failure is None:
            self._failure = error

    def _check(self) -> None:
        if self._failure is not None:
            raise DeliveryError(f"the broker did not take a message: {self._failure.str()}")

    def _cannot_send(self, topic: str, size: int, error: KafkaError) -> DeliveryError:
        return DeliveryError(f"a message of {size:,} bytes cannot be sent to topic {topic!r}: {error.str()}")
