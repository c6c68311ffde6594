"""Records that make a model raise: the reason without a word of them, and how many are too many.

Such a record is put aside and the stream goes on without it: that is for the rare one that nobody thought of. Where
many raise, it is the program or its state that is at fault, and a worker that went on would empty the topic into the
dead letters. So it stops after `IN_A_ROW` of them without another record in between, or at `SHARE` of all.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from models.decoding import Violation
from models.sighting import LayoutError

IN_A_ROW = 10
SHARE = 0.01
# Below this many records a share says nothing.
FEW = 1000

T = TypeVar("T")


class PoisonError(RuntimeError):
    """Too many records make a model raise."""


@dataclass(slots=True)
class Tolerance:
    """Counts the records that one kind of model was given, and those that made it raise.

    Args:
        model: `account`, `link` or `campaign`.

    >>> tolerance = Tolerance("link")
    >>> tolerance.passed(5)
    >>> tolerance.put_aside(7, Violation("", "", "is odd"))
    >>> tolerance.poisoned, tolerance.in_a_row
    (1, 1)
    """

    model: str
    poisoned: int = 0
    in_a_row: int = 0
    _handled: int = 0

    def passed(self, records: int) -> None:
        """Note that records were applied."""
        self._handled += records
        if records:
            self.in_a_row = 0

    def put_aside(self, offset: int, why: Violation, *, passed: int = 0, follows: bool = True) -> None:
        """Note that the record at `offset` makes the model raise.

        Args:
            offset: Of the record.
            why: What it led to.
            passed: Records applied before it that are to be applied once more, and so are not noted yet.
            follows: Whether none of those lies between it and the one put aside before.

        Raises:
            PoisonError: There are too many of them.
        """
        self.poisoned += 1
        self.in_a_row = self.in_a_row + 1 if follows else 1
        if self.in_a_row >= IN_A_ROW or self.poisoned / max(self._handled + passed, FEW) > SHARE:
            raise PoisonError(
                f"{self.poisoned} records since the start made the {self.model} model raise, {self.in_a_row} of them in"
                f" a row, the last at offset {offset}: {why}; the worker stops instead of putting the topic aside. It"
                " is a fault of the program or of its state: see docs/runbooks.md, StillwatchPoison"
            )

    def attempt(self, work: Callable[[], T]) -> T | Violation:
        """Return what `work` does, or why it cannot; an exception ends here, since its words may quote a record.

        Raises:
            LayoutError: The records are another version's, which is no fault of a single one.
        """
        try:
            return work()
        except LayoutError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the stream goes on
            return self._reason(error)

    def _reason(self, error: Exception) -> Violation:
        """Return the type of an exception and where it was raised, innermost first."""
        frames = traceback.extract_tb(error.__traceback__)
        where = " < ".join(f"{one.filename.rpartition('/')[2]}:{one.lineno} {one.name}" for one in reversed(frames))
        return Violation("", "", f"made the {self.model} model raise {type(error).__name__} at {where}")
