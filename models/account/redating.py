"""Rows that were dated by a clock far ahead, before others showed that it was wrong: dated anew.

That happens to the first few accounts of a partition at most, see `models.account.clock`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def redate(rows: NDArray[np.void], watermark: int, window_ms: int) -> NDArray[np.int64]:
    """Move what lies after the watermark back to it, in place; return the row numbers.

    Args:
        rows: Dtype `ACCOUNT`.
        watermark: Epoch ms.
        window_ms: Length of a window. Of two windows of a row, one goes to that of the watermark, the other to that
            before it, so both are open.
    """
    places = np.flatnonzero((rows["last"] > watermark) | (rows["windows"]["start"] > watermark).any(axis=1))
    late = rows[places]
    for name in ("first", "last", "model_since"):
        late[name] = np.minimum(late[name], watermark)
    late["slots"]["first"] = np.minimum(late["slots"]["first"], watermark)
    starts = late["windows"]["start"]
    newest = starts == starts.max(axis=1, keepdims=True)
    moved = watermark - watermark % window_ms - np.where(newest, 0, window_ms)
    late["windows"]["start"] = np.where(starts > watermark, moved, starts)
    rows[places] = late
    return places
