"""Messages on their way to Kafka, produced by Faust and awaited at checkpoints."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any, NamedTuple

from faust.types import TopicT


class Destination(NamedTuple):
    """A topic to send to: its name in `streams.topics`, and the topic as Faust has it, prefix and all."""

    name: str
    topic: TopicT


class Outbox:
    """Sends without waiting; `flush` waits for the broker's word on all of it.

    Args:
        sent: Messages sent, by the name of the topic; counted here.
        limit: Messages under way at which `send` waits for the broker first, which bounds memory.
    """

    def __init__(self, sent: Counter[str], *, limit: int = 10_000) -> None:
        self._counts = sent
        self._limit = limit
        self._sent: list[Awaitable[Any]] = []

    async def send(
        self, to: Destination, value: bytes, *, key: bytes | None = None, partition: int | None = None
    ) -> None:
        """Hand `value` to the producer."""
        if len(self._sent) >= self._limit:
            await self.flush()
        self._sent.append(await to.topic.send(key=key, value=value, partition=partition))
        self._counts[to.name] += 1

    async def flush(self) -> None:
        """Wait until the broker has everything that was sent; raise the first error it gave."""
        sent, self._sent = self._sent, []
        await asyncio.gather(*sent)
