"""Text to tokens, in one compiled pass over UTF-8.

A token is a run of letters and digits, or one character of a script that puts no spaces between words. It is folded by
`models.sketch.alphabet` and kept only as a keyed hash; runs of digits count as one "0". Tokens have a weight in
*units* (letters, about), so that "a stretch of 36 units" means as much in Thai as in English. A *segment* is a
sentence or a line: it begins after a line end, after a full stop that no letter follows, and in Thai, Lao, Khmer and
Burmese, which end sentences by a space, after a space.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201, ANN202, D417

from __future__ import annotations

import numpy as np
from numba import njit

from models.siphash import hash_pair, hash_short
from models.sketch.alphabet import BREAK, DIGIT, END, KIND_SHIFT, LENGTH_SHIFT, SINGLE, SKIP, STOP, UNITS_SHIFT, WORD

# Flags of a token.
OPENS = 1  # begins a segment
ALONE = 2  # is one character of a script without spaces

MAX_UNITS = 255
_PAYLOAD = np.uint64((1 << LENGTH_SHIFT) - 1)
_NIBBLE = np.uint64(15)


@njit(cache=True, nogil=True)
def read_tokens(buffer, bounds, table, key, heads, hashes, units, flags, token_bounds):
    """Tokenise many texts.

    Args:
        buffer: The texts' UTF-8, joined; uint8.
        bounds: Where each text begins, and where the last one ends; int64, one more than there are texts.
        table: `models.sketch.alphabet.alphabet()`.
        key: Key of the token hash, two uint64.
        heads: Room for work, uint64, as long as `hashes`.
        hashes, units, flags: Filled, one entry a token; uint64, uint8, uint8, at least as long as `buffer`.
        token_bounds: Filled: which tokens belong to which text, as in `bounds`.
    """
    made = 0
    for text in range(len(bounds) - 1):
        token_bounds[text] = made
        made = _split(buffer, bounds[text], bounds[text + 1], table, key, heads, hashes, units, flags, made)
    token_bounds[len(bounds) - 1] = made
    # A loop of its own, because the compiler then hashes several tokens at once: 3 ns a token instead of 12.
    for token in range(made):
        hashes[token] = hash_short(key, heads[token], hashes[token])


@njit(nogil=True)
def _entry_at(buffer, at, table):
    """Return the table's entry for the character at a position of well-formed UTF-8, and the position after it."""
    lead = np.int64(buffer[at])
    if lead < 0x80:
        return table[lead], at + 1
    one = np.int64(buffer[at + 1]) & 0x3F
    if lead < 0xE0:
        return table[(lead & 0x1F) << 6 | one], at + 2
    two = np.int64(buffer[at + 2]) & 0x3F
    if lead < 0xF0:
        return table[(lead & 0x0F) << 12 | one << 6 | two], at + 3
    code = (lead & 0x07) << 18 | one << 12 | two << 6 | np.int64(buffer[at + 3]) & 0x3F
    return table[code] if code < len(table) else np.uint64(BREAK), at + 4


@njit(nogil=True)
def _kind(entry):
    return np.int64(entry >> np.uint64(KIND_SHIFT))  # signed: Numba compares mixed signs as floats


@njit(nogil=True)
def _size(entry):
    return np.int64(entry >> np.uint64(LENGTH_SHIFT) & _NIBBLE)


@njit(nogil=True)
def _weight(entry):
    return np.int64(entry >> np.uint64(UNITS_SHIFT) & _NIBBLE)


@njit(nogil=True)
def _split(buffer, at, end, table, key, heads, tails, units, flags, made):
    """Write the tokens of one text, not yet hashed, to `heads` and `tails`; return how many there are now.

    A token is hashed as two 64-bit words, as SipHash pads it: up to 15 bytes as they are, of longer ones the hash of
    what came before in place of the first. One loop for all, since a call for every token would double its cost.
    """
    ended, stopped, gap, phrase = True, False, False, False
    while at < end:
        entry, at = _entry_at(buffer, at, table)
        kind = _kind(entry)
        if kind == BREAK or kind >= STOP:
            ended |= stopped or kind == END
            stopped, gap = kind == STOP, True
            continue
        if kind == SKIP:
            continue
        size, weight = _size(entry), _weight(entry)
        light = kind == SINGLE and weight == 1
        flag = OPENS if ended or (phrase and gap and light) else 0
        ended, stopped, gap, phrase = False, False, False, light
        head, word, filled, length = np.uint64(0), entry & _PAYLOAD, size, 0
        if kind == SINGLE:
            flag |= ALONE
        else:
            digits = kind == DIGIT
            while at < end:
                entry, after = _entry_at(buffer, at, table)
                kind = _kind(entry)
                if kind != WORD:
                    if kind == SKIP or (kind == DIGIT and digits):
                        at = after
                        continue
                    if kind != DIGIT:
                        break
                digits, at = kind == DIGIT, after
                payload, size = entry & _PAYLOAD, _size(entry)
                word |= payload << np.uint64(8 * filled)
                filled, weight = filled + size, weight + _weight(entry)
                if filled >= 8:
                    filled, length = filled - 8, length + 8
                    head = word if length == 8 else hash_pair(key, head, word)
                    word = payload >> np.uint64(8 * (size - filled))
        heads[made], tails[made] = head, word | np.uint64(length + filled & 0xFF) << np.uint64(56)
        units[made], flags[made] = min(weight, MAX_UNITS), flag
        made += 1
    return made
