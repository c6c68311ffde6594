"""An event that makes a model raise: put aside with the reason, so that the stream goes on without it.

Where a model raised, what it has applied of the part is unknown, so its state is put back as of the last checkpoint,
and brought up to the part again from the log. Then the part is applied event by event; the one that raises is put
aside, and all of that is done once more without it. That takes seconds, and is for the rare event that nobody thought
of: where many raise, it is the program or its state that is at fault, and a worker that went on would empty the topic
into the dead letters. So it stops after `IN_A_ROW` of them without another event in between, or at `SHARE` of all.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from models.account.columns import Columns
from models.account.decode import decode_columns
from models.account.shard import Outcome
from models.account.state import AccountState
from models.decoding import Violation

IN_A_ROW = 10
SHARE = 0.01
# Below this many events a share says nothing.
FEW = 1000
AT_ONCE = 1000

Numbered = tuple[int, bytes | None]


class PoisonError(RuntimeError):
    """Too many events make the model raise."""


@dataclass(frozen=True, slots=True)
class Isolated:
    """What became of a part of the stream.

    Attributes:
        state: The model, with the part applied.
        outcomes: Of each event that could be applied, with its place in the part.
        poison: The offset of each that could not, and why.
    """

    state: AccountState
    outcomes: list[tuple[int, Outcome]]
    poison: dict[int, Violation]


@dataclass(slots=True)
class Isolation:
    """Finds the events that make a model raise.

    Args:
        saved: Returns the model of a partition as of the last checkpoint; called in a thread.
        log: Returns offset and value of the events of a partition from one offset to before another; in a thread.
    """

    saved: Callable[[int], AccountState]
    log: Callable[[int, int, int], Iterable[Numbered]]
    _handled: int = 0
    poisoned: int = 0
    _in_a_row: int = 0
    _known: dict[int, set[int]] = field(default_factory=dict)

    def passed(self, events: int) -> None:
        """Note that events were applied."""
        self._handled += events
        if events:
            self._in_a_row = 0

    def isolate(self, partition: int, part: Columns, offsets: Sequence[int]) -> Isolated:
        """Apply a part in which a model raised, without the events that make it.

        Raises:
            PoisonError: There are too many of them.
        """
        poison: dict[int, Violation] = {}
        while True:
            state = self._before(partition, offsets[0])
            outcomes: list[tuple[int, Outcome]] = []
            for at, offset in enumerate(offsets):
                if offset in poison:
                    continue
                made = _try(state, part.part(at, at + 1), offset)
                if isinstance(made, Violation):
                    poison[offset] = made
                    self._count(offset, offsets, poison)
                    break
                outcomes.append((at, made))
            else:
                self._known.setdefault(partition, set()).update(poison)
                self.passed(len(outcomes))
                state.offset = offsets[-1]
                return Isolated(state, outcomes, poison)

    def _before(self, partition: int, first: int) -> AccountState:
        """Return the model as it was before the event at offset `first`; what that led to has been said."""
        state = self.saved(partition)
        known = self._known.get(partition, set())
        fresh = (one for one in self.log(partition, state.offset + 1, first) if one[0] not in known)
        for some in _in_parts(fresh):
            events = decode_columns([value for _, value in some]).columns
            if len(events):
                outcome = _apply(state, events, some[-1][0])
                state.sampler.choose(state.shard.bank.rows, outcome.touched)
        return state

    def _count(self, offset: int, offsets: Sequence[int], poison: dict[int, Violation]) -> None:
        self.poisoned += 1
        before = [one for one in offsets if one < offset]
        self._in_a_row = self._in_a_row + 1 if not before or before[-1] in poison else 1
        share = self.poisoned / max(self._handled + len(before), FEW)
        if self._in_a_row >= IN_A_ROW or share > SHARE:
            raise PoisonError(
                f"{self.poisoned} of the events since the start made the account model raise, {self._in_a_row} of them"
                f" in a row, the last at offset {offset}: {poison[offset]}; the worker stops instead of putting the"
                " topic aside. It is a fault of the program or of its state: see docs/runbooks.md"
            )


def _apply(state: AccountState, events: Columns, offset: int) -> Outcome:
    outcome = state.shard.process_columns(events)
    state.note(outcome, offset)
    return outcome


def _try(state: AccountState, event: Columns, offset: int) -> Outcome | Violation:
    """Apply one event, or say why that cannot be; its exception ends here, since its words may quote the event."""
    try:
        return _apply(state, event, offset)
    except Exception as error:  # noqa: BLE001 - whatever it is, the stream goes on
        return _reason(error)


def _reason(error: Exception) -> Violation:
    """Return the type of an exception and where it was raised, innermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return Violation("", "", f"made the account model raise {type(error).__name__} at {where}")


def _in_parts(numbered: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    part: list[Numbered] = []
    for one in numbered:
        part.append(one)
        if len(part) == AT_ONCE:
            yield part
            part = []
    if part:
        yield part
