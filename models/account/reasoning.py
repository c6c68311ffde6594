"""Which reasoning blocks an account was given, so that a foreign block stands out.

A reasoning block returned to one account and presented by another is close to decisive evidence of shared
operation. Presenting a block one has received is normal use and must cost nothing.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN202, D417

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.account.columns import Columns
from models.account.kernel import tell
from models.account.repeats import RepeatFilter, find, note
from models.account.row import SLOT
from models.links import LinkKind
from models.sighting import SIGHTING, Sightings


@njit(cache=True)
def _owner(young, old, block):
    """Return the account that a block was returned to, 0 where that is not known."""
    entry = young[find(young, block)]
    return entry.account if entry.key != 0 else old[find(old, block)].account


@njit(cache=True)
def _uses(rows, exchanges, index, blocks, bounds, young, old, log, slot, out):
    """Write one sighting per block returned, and per block presented by an account that never received it.

    Args:
        rows: The bank.
        index: Row number of each exchange; -1 skips it.
        slot: One of dtype `SLOT`, of kind REASONING, to work with.
        out: To write to.

    Returns:
        (sightings made, entries of the young table taken)
    """
    made, added = 0, 0
    for i in range(index.shape[0]):
        at, ts = index[i], exchanges[i].ts
        if at < 0:
            continue
        for block in blocks[bounds[i] : bounds[i + 1]]:
            if _owner(young, old, block) != rows[at].account:
                slot[0].key, slot[0].first, slot[0].count = block, ts, 1
                made = tell(out, made, rows[at], slot[0], ts)
        block = exchanges[i].reasoning_out
        if block != 0:
            place = find(young, block)
            entry = young[place]
            added += entry.key == 0
            note(log, place)
            entry.key, entry.account = block, rows[at].account
            slot[0].key, slot[0].first, slot[0].count = block, ts, 0
            made = tell(out, made, rows[at], slot[0], ts)
    return made, added


@dataclass(slots=True)
class ReasoningLedger:
    """Remembers blocks and the accounts that they were returned to, oldest forgotten first.

    Args:
        seen: Where; its capacity says how many.
    """

    seen: RepeatFilter = field(default_factory=RepeatFilter)

    def uses(self, rows: NDArray[np.void], columns: Columns, index: NDArray[np.int64]) -> Sightings:
        """Return sightings of every block returned, and of the presented blocks that their account never received."""
        presented = int(columns.block_bounds[-1] - columns.block_bounds[0])
        returned = int(np.count_nonzero(columns.exchanges["reasoning_out"]))
        out = np.zeros(presented + returned, dtype=SIGHTING)
        if not len(out):
            return out
        self.seen.make_room(returned)
        slot = np.zeros(1, dtype=SLOT)
        slot["kind"] = LinkKind.REASONING
        made, added = _uses(
            rows, columns.exchanges, index, columns.blocks, columns.block_bounds, self.seen.young, self.seen.old,
            self.seen.log,            slot, out,
        )  # fmt: skip
        self.seen.used += added
        return out[:made]
