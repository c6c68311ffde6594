"""The models that a worker holds, one per partition: put back before a partition's first chunk is applied.

Kafka hands out partitions anew whenever a worker comes or goes, and a worker mostly keeps what it had. So a model stays
when its partition does, unless somebody else has worked on it meanwhile: the group's position has then passed it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar


class Model(Protocol):
    """What is known of one partition."""

    offset: int
    """Of the last record that was applied; -1 before the first."""


M = TypeVar("M", bound=Model)


@dataclass(slots=True)
class Held(Generic[M]):
    """Models by partition.

    Args:
        restore: Returns the model of a partition as it was saved; called in a thread.
        position: Returns where the group goes on in a partition; called in a thread. None: the bus is this process's
            alone, and nobody else can have worked on it.
    """

    restore: Callable[[int], M]
    position: Callable[[int], int] | None = None
    models: dict[int, M] = field(default_factory=dict)
    _seen: dict[int, int] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, partition: int, generation: int) -> M:
        """Return the model of a partition that this worker has in a generation of the group."""
        if self._seen.get(partition) == generation:
            return self.models[partition]
        async with self._lock:
            if self._seen.get(partition) != generation:
                if partition not in self.models or await self._is_behind(partition):
                    self.models[partition] = await asyncio.to_thread(self.restore, partition)
                self._seen[partition] = generation
            return self.models[partition]

    def keep(self, partitions: Collection[int]) -> None:
        """Drop the models of all other partitions."""
        for gone in self.models.keys() - set(partitions):
            self.drop(gone)

    def drop(self, partition: int) -> None:
        """Forget the model of a partition; it is put back when it is asked for again."""
        self.models.pop(partition, None)
        self._seen.pop(partition, None)

    def __iter__(self) -> Iterator[tuple[int, M]]:
        return iter(tuple(self.models.items()))

    async def _is_behind(self, partition: int) -> bool:
        if self.position is None:
            return False
        return await asyncio.to_thread(self.position, partition) > self.models[partition].offset + 1
