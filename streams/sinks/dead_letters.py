"""Messages that did not fit the contract: to the topic `dead-letters`, with the reason.

Whoever refuses a message puts a letter there: the accounts agent, and whoever turns raw logs into events. An agent
(`streams.agents.dead_letters`) writes the topic to ClickHouse.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from faust.types import TopicT

from models.decoding import Violation
from streams.bus.chunks import Chunk
from streams.sinks.outbox import Outbox

MAX_RAW_BYTES = 4096


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One refused message.

    Attributes:
        topic, partition, offset: Where it was: on a topic, or the name of a file, 0 and the number of the line.
        ts: When the broker got it, epoch ms.
        key: Of the message.
        field, value, rule: Of the contract that was broken (`models.decoding.Violation`).
        reason: The same as one sentence.
        raw: The message, cut at 4 KiB, bytes that are not UTF-8 replaced; empty where it may hold a prompt.
    """

    topic: str
    partition: int
    offset: int
    ts: int
    key: str
    field: str
    value: str
    rule: str
    reason: str
    raw: str

    def encode(self) -> bytes:
        """Return the message for the topic `dead-letters`."""
        return msgspec.json.encode(self)


@dataclass(slots=True)
class DeadLetters:
    """Puts messages aside.

    Args:
        topic: The Faust topic `dead-letters`.
    """

    outbox: Outbox
    topic: TopicT

    async def put(self, chunk: Chunk, at: int, violation: Violation) -> None:
        """Put record number `at` of `chunk` aside."""
        key = chunk.keys[at] or b""
        letter = Letter(
            topic=chunk.topic,
            partition=chunk.partition,
            offset=chunk.offsets[at],
            ts=chunk.timestamps[at],
            key=key.decode("utf-8", "replace"),
            field=violation.field,
            value=violation.value,
            rule=violation.rule,
            reason=str(violation),
            raw=(chunk.values[at] or b"")[:MAX_RAW_BYTES].decode("utf-8", "replace"),
        )
        await self.outbox.send(self.topic, letter.encode(), key=key, partition=0)
