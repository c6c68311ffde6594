"""Models that are a fold over their topic, put back from it; the messages that make them raise are left out.

Where a model raised, what it has taken in of the message is unknown. So it is made anew from the log without that
message, which takes as long as a recovery; sightings are cumulative, so the next one of an account on a link says what
the missing one did. A worker that starts later meets the same message in the log and leaves it out in the same way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from models.decoding import Violation
from streams.agents.poison import Tolerance
from streams.bus.chunks import Chunk
from streams.sinks.dead_letters import DeadLetters
from streams.state.held import Held

log = logging.getLogger(__name__)


class Fold(Protocol):
    """What is known of one partition after its messages, taken in one by one."""

    offset: int

    def apply(self, message: bytes) -> object:
        """Take in a message."""

    def settle(self) -> None:
        """Come to rest after the last message of the log; what they led to has been said."""


F = TypeVar("F", bound=Fold)


@dataclass(slots=True)
class Folding(Generic[F]):
    """Makes the models of partitions.

    Args:
        new: Returns one that has taken in nothing.
        log: Returns offset and value of the messages of a partition before an offset; read in a thread.
        tolerance: Counts what is left out.
    """

    new: Callable[[], F]
    log: Callable[[int, int], Iterable[tuple[int, bytes | None]]]
    tolerance: Tolerance
    _left_out: dict[int, set[int]] = field(default_factory=dict)

    def until(self, partition: int, end: int) -> F:
        """Return the model of a partition as of offset `end`; called in a thread.

        Raises:
            PoisonError: Too many messages make it raise.
        """
        left_out = self._left_out.setdefault(partition, set())
        while True:
            model = self.new()
            if self._fold(model, partition, end, left_out):
                model.offset = end - 1
                model.settle()
                return model

    async def without(self, chunk: Chunk, at: int, why: Violation, held: Held[F], letters: DeadLetters) -> F:
        """Put record number `at` of a chunk aside; return the model of its partition without it, now the one `held`.

        Raises:
            PoisonError: There were too many of them.
        """
        offset = chunk.offsets[at]
        self._leave_out(self._left_out.setdefault(chunk.partition, set()), offset, why)
        await letters.put(chunk, at, why, binary=True)
        model = await asyncio.to_thread(self.until, chunk.partition, offset + 1)
        held.models[chunk.partition] = model
        return model

    def _fold(self, model: F, partition: int, end: int, left_out: set[int]) -> bool:
        """Take in the log; False when a message makes the model raise, which is left out from then on."""
        passed, follows = 0, False
        for offset, message in self.log(partition, end):
            if offset in left_out:
                follows = True
                continue
            why = self.tolerance.attempt(lambda: model.apply(message or b""))  # noqa: B023 - called at once
            if isinstance(why, Violation):
                self._leave_out(left_out, offset, why, passed=passed, follows=follows)
                return False
            passed, follows = passed + 1, False
        return True

    def _leave_out(
        self, left_out: set[int], offset: int, why: Violation, *, passed: int = 0, follows: bool = True
    ) -> None:
        log.warning("the message at offset %d %s; it is left out", offset, why.rule)
        left_out.add(offset)
        self.tolerance.put_aside(offset, why, passed=passed, follows=follows)
