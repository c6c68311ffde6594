"""Which reasoning blocks an account was given, so that a foreign block stands out.

A reasoning block returned to one account and presented by another is close to decisive evidence of shared
operation. Presenting a block one has received is normal use and must cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.account.columns import Columns
from models.links import LinkKind, stable_hash


class Use(NamedTuple):
    """One reasoning block produced for (`uses` 0) or presented by (`uses` 1) the account of a row."""

    row: int
    key: int
    ts: int
    uses: int
    kind: int = int(LinkKind.REASONING)


@dataclass(slots=True)
class ReasoningLedger:
    """Remembers at least `capacity` blocks and the rows they were returned to, oldest forgotten first."""

    capacity: int = 500_000
    _young: dict[str, int] = field(default_factory=dict)
    _old: dict[str, int] = field(default_factory=dict)

    def uses(self, columns: Columns, index: NDArray[np.int64]) -> list[Use]:
        """Return every block returned, and the presented blocks that their account never received."""
        found: list[Use] = []
        times = columns.exchanges["ts"]
        for i, (presented, returned) in enumerate(zip(columns.reasoning_in, columns.reasoning_out, strict=True)):
            if (not presented and returned is None) or index[i] < 0:
                continue
            row, ts = int(index[i]), int(times[i])
            found += [Use(row, _key(block), ts, 1) for block in presented if self._owner(block) != row]
            if returned is not None:
                self._remember(returned, row)
                found.append(Use(row, _key(returned), ts, 0))
        return found

    def _owner(self, block: str) -> int | None:
        return self._young.get(block, self._old.get(block))

    def _remember(self, block: str, row: int) -> None:
        if len(self._young) >= self.capacity:
            self._young, self._old = {}, self._young
        self._young[block] = row


def _key(block: str) -> int:
    return stable_hash(block, kind=LinkKind.REASONING)
