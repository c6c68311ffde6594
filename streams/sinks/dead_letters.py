"""Messages that did not fit the contract: to the topic `dead-letters` and to ClickHouse, with the reason."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from faust.types import TopicT

from models.decoding import Violation
from streams.bus.chunks import Chunk
from streams.sinks.clickhouse import StoreWriter
from streams.sinks.outbox import Outbox

MAX_RAW_BYTES = 4096


@dataclass(slots=True)
class DeadLetters:
    """Where messages go that cannot be applied.

    Args:
        topic: The Faust topic `dead-letters`.
    """

    store: StoreWriter
    outbox: Outbox
    topic: TopicT

    async def put(self, chunk: Chunk, at: int, violation: Violation) -> None:
        """Put record number `at` of `chunk` aside; the original bytes are cut at 4 KiB."""
        raw = (chunk.values[at] or b"")[:MAX_RAW_BYTES]
        key = chunk.keys[at] or b""
        letter = {
            "topic": chunk.topic,
            "partition": chunk.partition,
            "offset": chunk.offsets[at],
            "ts": chunk.timestamps[at],
            "key": key.decode("utf-8", "replace"),
            "field": violation.field,
            "value": violation.value,
            "rule": violation.rule,
            "reason": str(violation),
            "raw": raw.decode("utf-8", "replace"),
        }
        self.store.write("dead_letters", {name: [value] for name, value in letter.items()})
        await self.outbox.send(self.topic, orjson.dumps(letter), key=key, partition=0)
