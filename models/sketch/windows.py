"""Stretches of text as one number each: runs of tokens, windows of a given weight, and samples of them.

A stretch is the polynomial of its tokens' hashes in a fixed odd base, modulo 2**64. The hashes are keyed, so two
different stretches agree with probability 2**-64 or so, and nobody without the key can tell which stretch is which.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201

from __future__ import annotations

import numpy as np
from numba import njit

_BASE = 0x9E3779B97F4A7C15
BASE = np.uint64(_BASE)
# A token weighs at least one unit, so a window of W units has at most W tokens.
MAX_WINDOW = 64
POWERS = np.array([pow(_BASE, exponent, 2**64) for exponent in range(MAX_WINDOW)], np.uint64)
NOTHING = np.uint64(0)  # stands for "there is no such stretch"; a real one has this value once in 2**64


@njit(nogil=True)
def mixed(value):
    """Return a number's bits well mixed (the finaliser of MurmurHash3), so that its order is as good as random."""
    value = (value ^ value >> np.uint64(33)) * np.uint64(0xFF51AFD7ED558CCD)
    value = (value ^ value >> np.uint64(33)) * np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ value >> np.uint64(33)


@njit(nogil=True)
def head_of(hashes, units, first, last, weight):
    """Return the shortest run from token `first` of at least so many units, or NOTHING."""
    value, total = np.uint64(0), 0
    for token in range(first, last):
        value = value * BASE + hashes[token]
        total += units[token]
        if total >= weight:
            return value
    return NOTHING


@njit(nogil=True)
def tail_of(hashes, units, first, last, weight, tokens):
    """Return the shortest run up to token `last` of at least so many units and tokens, or NOTHING."""
    value, total = np.uint64(0), 0
    for back in range(last - first):
        value = value * BASE + hashes[last - 1 - back]
        total += units[last - 1 - back]
        if total >= weight and back + 1 >= tokens:
            return value
    return NOTHING


@njit(nogil=True)
def whole_of(hashes, first, last):
    """Return tokens `first` to `last` (excluded) as one stretch."""
    value = np.uint64(0)
    for token in range(first, last):
        value = value * BASE + hashes[token]
    return value


@njit(nogil=True)
def windows_of(hashes, units, first, last, weight, out):
    """Write the shortest window of at least `weight` units from every token; return how many there are."""
    made, end, total, value = 0, first, 0, np.uint64(0)
    for token in range(first, last):
        while total < weight and end < last:
            value = value * BASE + hashes[end]
            total += units[end]
            end += 1
        if total < weight:
            break
        out[made] = mixed(value)
        made += 1
        value -= hashes[token] * POWERS[end - token - 1]
        total -= units[token]
    return made


@njit(nogil=True)
def add_smallest(values, count, sample, size):
    """Keep the `len(sample)` smallest distinct values in `sample`, ascending, of which `size` are there; return `size`.

    The smallest values under a random order are a *bottom-k sketch*: two texts that share a part choose the same
    windows of it. With the same number of keys it finds more pairs than as many MinHash rows do, because no
    window is chosen twice.
    """
    for position in range(count):
        value = values[position]
        if size == len(sample) and value >= sample[size - 1]:
            continue
        slot = size if size < len(sample) else size - 1
        while slot > 0 and sample[slot - 1] > value:
            slot -= 1
        if slot > 0 and sample[slot - 1] == value:
            continue
        top = size if size < len(sample) else size - 1
        for move in range(top, slot, -1):
            sample[move] = sample[move - 1]
        sample[slot] = value
        size = min(size + 1, len(sample))
    return size
