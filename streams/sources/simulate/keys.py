"""Pseudonymous keys: what stands in an event for a network, a card or a person."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Keys = NDArray[np.uint64]


def hex_key(number: int) -> str:
    """Return the pseudonymous key that stands for `number` in an event."""
    return f"{number:016x}"


def random_keys(rng: Generator, n: int) -> Keys:
    """Return `n` random 64-bit keys."""
    return rng.integers(1, 2**64, size=n, dtype=np.uint64)
