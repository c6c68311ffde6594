"""An event that makes a model raise: put aside with the reason, so that the stream goes on without it.

Where a model raised, what it has applied of the part is unknown, so its state is put back as of the last checkpoint,
and brought up to the part again from the log. Then the part is applied event by event; the one that raises is put
aside, and all of that is done once more without it. That takes seconds; `streams.agents.poison` says how many such
events are too many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from models.account.columns import Columns
from models.account.decode import decode_columns
from models.account.shard import Outcome
from models.account.state import AccountState, Facts
from models.decoding import Violation
from streams.agents.poison import Tolerance

AT_ONCE = 1000

Numbered = tuple[int, bytes | None]


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
    tolerance: Tolerance = field(default_factory=lambda: Tolerance("account"))
    _known: dict[int, set[int]] = field(default_factory=dict)

    def isolate(self, partition: int, part: Columns, offsets: Sequence[int], facts: Facts) -> Isolated:
        """Apply a part in which a model raised, without the events that make it.

        Args:
            partition: Of the events.
            part: The events.
            offsets: Where they are.
            facts: What may not be in the last checkpoint (`AccountState.unsaved_facts`).

        Raises:
            PoisonError: There are too many of them.
        """
        poison: dict[int, Violation] = {}
        while True:
            state = self.before(partition, offsets[0], facts)
            outcomes: list[tuple[int, Outcome]] = []
            for at, offset in enumerate(offsets):
                if offset in poison:
                    continue
                made = self.tolerance.attempt(lambda: _apply(state, part.part(at, at + 1), offset))  # noqa: B023
                if isinstance(made, Violation):
                    poison[offset] = made
                    follows = at == 0 or offsets[at - 1] in poison
                    self.tolerance.put_aside(offset, made, passed=at, follows=follows)
                    break
                outcomes.append((at, made))
            else:
                self._known.setdefault(partition, set()).update(poison)
                self.tolerance.passed(len(outcomes))
                state.offset = offsets[-1]
                return Isolated(state, outcomes, poison)

    def before(self, partition: int, first: int, facts: Facts) -> AccountState:
        """Return the model as it was before the event at offset `first`; what that led to has been said."""
        state = self.saved(partition)
        state.relearn(facts)
        known = self._known.get(partition, set())
        fresh = (one for one in self.log(partition, state.offset + 1, first) if one[0] not in known)
        for some in _in_parts(fresh):
            events = decode_columns([value for _, value in some]).columns
            if len(events):
                outcome = _apply(state, events, some[-1][0])
                state.sampler.choose(state.shard.bank.rows, outcome.touched)
        return state


def _apply(state: AccountState, events: Columns, offset: int) -> Outcome:
    outcome = state.shard.process_columns(events)
    state.note(outcome, offset)
    return outcome


def _in_parts(numbered: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    part: list[Numbered] = []
    for one in numbered:
        part.append(one)
        if len(part) == AT_ONCE:
            yield part
            part = []
    if part:
        yield part
