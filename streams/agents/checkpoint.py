"""When work counts as done: the checkpoint order, in one place.

Agents apply chunks to their models and hand rows to the store writer and messages to the outbox, without waiting for
either. About once a second a checkpoint makes that count, in this order:

1. **Flush sinks**: ClickHouse has every row and Kafka every message that the chunks led to.
2. **Produce state**: what changed in the account models, with the offset up to which events are applied
   (`models.account.state`), at a moment at which everything applied had been handed over (so step 1 covers it).
3. **Flush the producer** of the state: a transaction per partition, committed whole (`streams.state.changelog`).
4. **Acknowledge offsets**, in the order in which chunks came; Faust commits them.

What a failure leaves, by where it falls:

* before 3: rows and messages may be written that the state knows nothing of. The chunks are delivered again, applied to
  the same state, and write the same again: rows carry deterministic ids, sightings cumulative counts, alerts the id of
  their campaign.
* between 3 and 4: the chunks are delivered again, and skipped, because the state says that they are applied.
* links and campaigns are folds over their topics (`streams.agents.recovery`): put back up to the acknowledged offset,
  they take what is delivered again as if for the first time. What made them raise is left out again
  (`streams.agents.folding`).

Any failure raises before step 4. The worker stops, and its supervisor starts another; nothing goes on past it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar, cast

from faust.types import EventT, StreamT

from streams.bus.chunks import Chunk

T = TypeVar("T")


class Flushable(Protocol):
    """An output that can say when everything handed to it has arrived."""

    async def flush(self) -> None:
        """Return when all is delivered; raise when something cannot be."""


class Checkpoint(Generic[T]):
    """The chunks that the agents have processed and that are not yet acknowledged.

    Args:
        outputs: Flushed in order before state is written.
        collect: Returns what changed in the state.
        save: Writes that, and returns when it is stored.
    """

    def __init__(
        self,
        outputs: Sequence[Flushable],
        collect: Callable[[], Awaitable[T]],
        save: Callable[[T], Awaitable[None]],
    ) -> None:
        self._outputs = outputs
        self._collect, self._save = collect, save
        self.seconds = 0.0
        """What the last one took."""
        self._reached = time.monotonic()
        self._pending: list[tuple[StreamT[Chunk], EventT[Chunk]]] = []
        self._lock = asyncio.Lock()

    def add(self, stream: StreamT[Chunk], event: EventT[Chunk]) -> None:
        """Note that the chunk of `event` is processed and its outputs are handed over."""
        self._pending.append((stream, event))

    def age(self) -> float:
        """Return the seconds since the last one, or since the start."""
        return time.monotonic() - self._reached

    async def commit(self) -> None:
        """Flush the outputs, save the state, then acknowledge what was processed before."""
        async with self._lock:
            pending, self._pending = self._pending, []
            began = time.monotonic()
            if not pending:
                return
            changes = await self._collect()
            for output in self._outputs:
                await output.flush()
            await self._save(changes)
            for stream, event in pending:
                cast("Chunk", event.value).finished = True
                await stream.ack(event)
            self._reached = time.monotonic()
            self.seconds = self._reached - began
