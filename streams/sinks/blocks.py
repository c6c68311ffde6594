"""Column blocks: what several writes to one table become before they are inserted together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = Sequence[Any] | NDArray[Any]
Columns = Mapping[str, Column]


@dataclass(slots=True)
class Block:
    """Rows for one table, in the order in which they were written.

    Attributes:
        table: Name within the database.
        names: Columns, the same for all parts; none where the parts are text.
        token: Two blocks of one token are one block to ClickHouse, whichever arrives first.
        due: When it is inserted although it is not full, in seconds of the writer's clock.
        parts: What was written, as columns.
        text: What was written, as rows in the format JSONEachRow, each with its line break.
        rows: How many rows the parts have together.
    """

    table: str
    names: tuple[str, ...]
    token: str
    due: float
    parts: list[Columns] = field(default_factory=list)
    text: list[bytes] = field(default_factory=list)
    rows: int = 0

    def add(self, part: Columns | bytes, rows: int) -> None:
        """Append columns or text, which have `rows` rows."""
        if isinstance(part, bytes):
            self.text.append(part)
        else:
            self.parts.append(part)
        self.rows += rows

    def columns(self) -> dict[str, Column]:
        """Return the parts as one."""
        return {name: _joined([part[name] for part in self.parts]) for name in self.names}


def count_rows(table: str, columns: Columns) -> int:
    """Return the number of rows of `columns`.

    Raises:
        ValueError: The columns are not of one length, or there are none.

    >>> count_rows("labels", {"entity_id": ["a", "b"], "note": ["x", "y"]})
    2
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"columns for {table} have to be of one length, not {lengths}")
    return next(iter(lengths.values()))


def _joined(parts: list[Column]) -> Column:
    if len(parts) == 1:
        return parts[0]
    if all(isinstance(part, np.ndarray) for part in parts):
        return np.concatenate(parts)
    return list(chain.from_iterable(part.tolist() if isinstance(part, np.ndarray) else part for part in parts))
