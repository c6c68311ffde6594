"""When work counts as done: the checkpoint order, in one place.

1. Agents apply chunks to their models and hand rows to the store writer and messages to the outbox, without waiting.
2. At a checkpoint, about once a second, `commit` waits until ClickHouse has every row and Kafka every message.
3. Only then are the chunks acknowledged, in the order in which they came; Faust commits their offsets.

A failure anywhere raises out of the agent before step 3. The worker stops, and what was not acknowledged is delivered
again to the next one. Rows and alerts carry deterministic ids, so what was written before the failure is written
again to the same effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol, cast

from faust.types import EventT, StreamT

from streams.bus.chunks import Chunk


class Flushable(Protocol):
    """An output that can say when everything handed to it has arrived."""

    async def flush(self) -> None:
        """Return when all is delivered; raise when something cannot be."""


class Checkpoint:
    """The chunks that one agent has processed and not yet acknowledged.

    Args:
        outputs: Flushed in order before anything is acknowledged.
    """

    def __init__(self, outputs: Sequence[Flushable]) -> None:
        self._outputs = outputs
        self._pending: list[tuple[StreamT[Chunk], EventT[Chunk]]] = []
        self._lock = asyncio.Lock()

    def add(self, stream: StreamT[Chunk], event: EventT[Chunk]) -> None:
        """Note that the chunk of `event` is processed and its outputs are handed over."""
        self._pending.append((stream, event))

    async def commit(self) -> None:
        """Flush the outputs, then acknowledge what was processed before."""
        async with self._lock:
            pending, self._pending = self._pending, []
            if not pending:
                return
            for output in self._outputs:
                await output.flush()
            for stream, event in pending:
                cast("Chunk", event.value).finished = True
                await stream.ack(event)
