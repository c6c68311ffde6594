"""Template keys: which stretches of a prompt are worth a key, so that prompts made from one template share one.

| kind | of | finds |
|---|---|---|
| whole | the system prompt | a fixed system prompt |
| head | the first 36 and 120 units of a text | a fixed preamble, and a rarer longer one |
| tail | the last 16 units, 3 tokens at least | a fixed closing demand |
| segment | the first and last sentence or line, 5 others | a fixed sentence among free ones of any length |
| window | up to 6 stretches of 40 units, wherever they stand | fixed text around slots inside sentences |
| band | 3 pairs of MinHash rows over stretches of 16 units | many slots, with little fixed text between them |

The numbers are measured (docs/sketch.md): with these, 3 in 100,000 pairs of real prompts of `../shared/data` share a
key, and all pairs made from a template with one fixed sentence do. Segments, heads and tails do most
of the work: two people rarely write the same whole sentence, while they often use the same eight words. Few windows are
taken of a short prompt, for there a common phrase is a large part of the text.

A key is a pseudo-random function of kind and stretch: it says nothing about either, and a head is never mistaken for a
tail. Kinds are shared by all texts of a prompt, so an operator who moves a fixed prompt from the system to the user
message keeps its head.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201, ANN202, D417

from __future__ import annotations

import numpy as np
from numba import njit

from models.siphash import hash_pair
from models.sketch.tokens import OPENS
from models.sketch.windows import BASE, NOTHING, add_smallest, head_of, mixed, tail_of, whole_of, windows_of

# Columns of `prompts`: the text of a prompt in each role, or -1.
SYSTEM, FIRST, LAST = range(3)

_WHOLE, _HEAD, _TAIL, _SEGMENT, _WINDOW, _BAND = (np.uint64(kind) for kind in range(1, 7))
_SHORT_HEAD, _LONG_HEAD = 36, 120
_TAIL_UNITS, _TAIL_TOKENS = 16, 3
_END_SEGMENT = 16  # of a text of several segments
_SEGMENT_UNITS, _SEGMENTS = 28, 5
_WINDOW_UNITS, _WINDOWS, _SYSTEM_WINDOWS = 40, 6, 3
_WINDOWS_PER_KEY = 4
_BAND_UNITS, _BAND_MIN = 16, 20
BANDS = 3
ROWS = 2 * BANDS


@njit(cache=True, nogil=True)
def band_windows(hashes, units, token_bounds, prompts, out, bounds):
    """Write the windows over which the bands are made: those of last user messages, unless they have too few.

    Args:
        hashes, units, token_bounds: As `models.sketch.tokens.read_tokens` filled them.
        prompts: Texts of every prompt; int64, shape (prompts, 3).
        out: Filled: the windows; uint64, as long as `hashes`.
        bounds: Filled: which windows are which text's; uint64, one more than there are texts.
    """
    wanted = np.zeros(len(token_bounds) - 1, np.bool_)
    for prompt in range(len(prompts)):
        if prompts[prompt, LAST] >= 0:
            wanted[prompts[prompt, LAST]] = True
    made = 0
    bounds[0] = 0
    for text in range(len(wanted)):
        if wanted[text]:
            first, last = token_bounds[text], token_bounds[text + 1]
            count = windows_of(hashes, units, first, last, _BAND_UNITS, out[made:])
            made += count if count >= _BAND_MIN else 0
        bounds[text + 1] = made


@njit(cache=True, nogil=True)
def template_keys(hashes, units, flags, token_bounds, prompts, bounds, digests, secret, most, keys, key_bounds):
    """Make the keys of many prompts.

    Args:
        hashes, units, flags, token_bounds: As `models.sketch.tokens.read_tokens` filled them.
        prompts: Texts of every prompt; int64, shape (prompts, 3).
        bounds: As `band_windows` filled them.
        digests: MinHash rows of every text's windows; uint32, shape (texts, ROWS).
        secret: Key of the keys, two uint64.
        most: Keys of a prompt; of more, those come first that are made first.
        keys: Filled: the keys, those of a prompt ascending; uint64, `most` times as long as `prompts`.
        key_bounds: Filled: which keys are whose; int64, one more than there are prompts.
    """
    scratch = np.empty(len(hashes), np.uint64)
    key_bounds[0] = 0
    for prompt in range(len(prompts)):
        made, row = 0, keys[key_bounds[prompt] : key_bounds[prompt] + most]
        for role in (SYSTEM, LAST, FIRST):
            text = prompts[prompt, role]
            if text >= 0:
                made = _add_ends(row, made, secret, hashes, units, token_bounds[text], token_bounds[text + 1], role)
        for role in (SYSTEM, LAST):  # last, for these fill what room is left
            text = prompts[prompt, role]
            if text < 0:
                continue
            first, last = token_bounds[text], token_bounds[text + 1]
            if role == LAST:
                made = _add_segments(row, made, secret, hashes, units, flags, first, last, scratch)
                if bounds[text + 1] > bounds[text]:
                    made = _add_bands(row, made, secret, digests[text])
            made = _add_windows(row, made, secret, hashes, units, first, last, scratch, role)
        key_bounds[prompt + 1] = key_bounds[prompt] + made


@njit(nogil=True)
def _add(keys, made, secret, kind, value):
    """Add the key of a stretch in its place, unless there is none or it is there; return how many keys there are."""
    if value == NOTHING or made == len(keys):
        return made
    key = hash_pair(secret, kind, value)
    slot = made
    while slot > 0 and keys[slot - 1] > key:
        slot -= 1
    if slot > 0 and keys[slot - 1] == key:
        return made
    for move in range(made, slot, -1):
        keys[move] = keys[move - 1]
    keys[slot] = key
    return made + 1


@njit(nogil=True)
def _add_ends(keys, made, secret, hashes, units, first, last, role):
    made = _add(keys, made, secret, _HEAD, head_of(hashes, units, first, last, _SHORT_HEAD))
    if role == SYSTEM:
        made = _add(keys, made, secret, _WHOLE, whole_of(hashes, first, last))
    else:
        made = _add(keys, made, secret, _HEAD, head_of(hashes, units, first, last, _LONG_HEAD))
    if role != FIRST:
        made = _add(keys, made, secret, _TAIL, tail_of(hashes, units, first, last, _TAIL_UNITS, _TAIL_TOKENS))
    return made


@njit(nogil=True)
def _add_windows(keys, made, secret, hashes, units, first, last, scratch, role):
    count = windows_of(hashes, units, first, last, _WINDOW_UNITS, scratch)
    wanted = _SYSTEM_WINDOWS if role == SYSTEM else min(_WINDOWS, max(1, count // _WINDOWS_PER_KEY))
    sample = np.empty(wanted, np.uint64)
    for position in range(add_smallest(scratch, count, sample, 0)):
        made = _add(keys, made, secret, _WINDOW, sample[position])
    return made


@njit(nogil=True)
def _add_segments(keys, made, secret, hashes, units, flags, first, last, scratch):
    """Add the first and the last segment, and a sample of all."""
    sample, size, token = np.empty(_SEGMENTS, np.uint64), 0, first
    while token < last:
        value, weight, start = np.uint64(0), 0, token
        while token < last and (token == start or not flags[token] & OPENS):
            value = value * BASE + hashes[token]
            weight += units[token]
            token += 1
        value = mixed(value)
        # A prompt of one sentence has to be a longer one: "Thank you very much!" is not a template.
        at_end = start == first or token == last
        if weight >= (_SEGMENT_UNITS if start == first and token == last else _END_SEGMENT) and at_end:
            made = _add(keys, made, secret, _SEGMENT, value)
        if weight >= _SEGMENT_UNITS:
            scratch[0] = value
            size = add_smallest(scratch, 1, sample, size)
    for position in range(size):
        made = _add(keys, made, secret, _SEGMENT, sample[position])
    return made


@njit(nogil=True)
def _add_bands(keys, made, secret, digest):
    """Add pairs of MinHash rows: of a pair, both rows have to agree."""
    for band in range(BANDS):
        pair = np.uint64(digest[2 * band]) << np.uint64(32) | np.uint64(digest[2 * band + 1])
        made = _add(keys, made, secret, _BAND + np.uint64(band), pair)
    return made
