"""Bytes as 64-bit words, for compiled code that reads text: eight bytes are looked at together.

`words` is the text as an array of `uint64`, lowest byte first; positions count bytes. A word may be read at any
position, so the text must go on for 16 bytes behind what is of interest; `words_of` sees to it.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.siphash import absorb, begin, finish

# What a text must go on for behind what is of interest.
PADDING = b"\n" * 24

_ONES = 0x0101010101010101
_LOW, _HIGH = np.uint64(_ONES), np.uint64(0x80 * _ONES)
_QUOTES, _BACKSLASHES, _SPACES = np.uint64(0x22 * _ONES), np.uint64(0x5C * _ONES), np.uint64(0x20 * _ONES)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


def words_of(text: bytes) -> NDArray[np.uint64]:
    """Return `text` with its padding, as words."""
    padded = text + PADDING
    return np.frombuffer(padded, dtype="<u8", count=len(padded) // 8)


def short_words(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return texts of at most 24 bytes as three words each, shape (n, 3), and their lengths."""
    raw = b"".join(text.encode().ljust(24, b"\0") for text in texts)
    return np.frombuffer(raw, dtype="<u8").reshape(len(texts), 3).copy(), np.array([len(text) for text in texts])


def digit_values(digits: str) -> NDArray[np.uint8]:
    """Return the value of each byte as a digit, 255 for none; shape (256,)."""
    values = np.full(256, 255, dtype=np.uint8)
    values[list(digits.encode())] = range(len(digits))
    return values


@njit(cache=True)
def word_at(words, at):
    """Return the eight bytes from byte position `at`."""
    place, shift = np.uint64(at >> 3), np.uint64(8 * (at & 7))
    # Shifting by 64 is undefined, so the upper word is shifted in two steps.
    upper = (words[place + np.uint64(1)] << np.uint64(1)) << (np.uint64(63) - shift)
    return words[place] >> shift | upper


@njit(cache=True)
def kept(word, length):
    """Return `word` with only its first `length` bytes (0 to 8), the others 0."""
    return np.uint64(0) if length <= 0 else word & (_ALL >> np.uint64(64 - 8 * min(length, 8)))


@njit(cache=True)
def string_end(words, at):
    """Return the position of the quote that ends the JSON string from `at`; -1 when it is not plain.

    Plain is ASCII without escapes and control characters. Eight bytes are tested at once (Mycroft's test for a byte
    below a limit); what it may say falsely, it says of bytes above one of which it is true.
    """
    while True:
        word = word_at(words, at)
        quote, slash = word ^ _QUOTES, word ^ _BACKSLASHES
        found = ((quote - _LOW) & ~quote | (slash - _LOW) & ~slash | (word - _SPACES) & ~word | word) & _HIGH
        if found == 0:
            at += 8
            continue
        if found & np.uint64(0x80808080) == 0:
            at += 4
            found >>= np.uint64(32)
        if found & np.uint64(0x8080) == 0:
            at += 2
            found >>= np.uint64(16)
        if found & np.uint64(0x80) == 0:
            at += 1
        return at if word_at(words, at) & np.uint64(0xFF) == 0x22 else -1


@njit(cache=True)
def hash_text(words, at, length, key):
    """Return the SipHash-1-3 of `length` bytes from `at`, never 0; `key` is two `uint64`."""
    state = begin(key)
    for place in range(at, at + length - 7, 8):
        state = absorb(state, word_at(words, place))
    rest = length & 7
    last = kept(word_at(words, at + length - rest), rest) | np.uint64(length & 0xFF) << np.uint64(56)
    return max(finish(state, last), np.uint64(1))
