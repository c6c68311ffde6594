"""SipHash-1-3 in pieces, for compiled code: a keyed pseudo-random function that is quick on short words.

Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; the variant with one round per word and three at the
end is the one that Python, Rust and Ruby key their hash tables with. Feed the message as 64-bit words, the first byte
lowest; the last word holds the remaining 0 to 7 bytes and, in its top byte, the length of the message.

State is four `uint64`, passed and returned as a tuple, so that it lives in registers.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201, ANN202

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True)
def _rotated(word, bits):
    return word << np.uint64(bits) | word >> np.uint64(64 - bits)


@njit(nogil=True)
def _round(a, b, c, d):
    a += b
    c += d
    b = _rotated(b, 13) ^ a
    d = _rotated(d, 16) ^ c
    a = _rotated(a, 32)
    c += b
    a += d
    b = _rotated(b, 17) ^ c
    d = _rotated(d, 21) ^ a
    return a, b, _rotated(c, 32), d


@njit(nogil=True)
def begin(key):
    """Return the state before the first word; `key` is two `uint64`."""
    return (
        key[0] ^ np.uint64(0x736F6D6570736575),
        key[1] ^ np.uint64(0x646F72616E646F6D),
        key[0] ^ np.uint64(0x6C7967656E657261),
        key[1] ^ np.uint64(0x7465646279746573),
    )


@njit(nogil=True)
def absorb(state, word):
    """Return the state after one more word."""
    a, b, c, d = state
    a, b, c, d = _round(a, b, c, d ^ word)
    return a ^ word, b, c, d


@njit(nogil=True)
def finish(state, last):
    """Return the hash, a `uint64`, after the last word."""
    a, b, c, d = absorb(state, last)
    a, b, c, d = _round(a, b, c ^ np.uint64(0xFF), d)
    a, b, c, d = _round(a, b, c, d)
    a, b, c, d = _round(a, b, c, d)
    return a ^ b ^ c ^ d


@njit(nogil=True)
def hash_pair(key, first, second):
    """Return the hash of a message of two words."""
    return finish(absorb(absorb(begin(key), first), second), np.uint64(16 << 56))


@njit(nogil=True)
def hash_short(key, first, last):
    """Return the hash of a message of one word and `last`, which holds up to 7 bytes and the length."""
    return finish(absorb(begin(key), first), last)
