"""The content vector: what a prompt is about, as 64 signed bytes that are close for prompts with close words.

A signed feature hash (Weinberger et al., 2009): each token adds its weight, with a random sign, to one of 64 places,
both chosen by its keyed hash. Its weight is its length in letters, at most 8, since short words are the frequent ones
in nearly every language; characters of scripts without spaces count as overlapping pieces of about two ideographs or
six letters. The square root damps what a text repeats, then the vector is scaled to length 127, so that the dot product
of two vectors is 127**2 times their cosine.

Measured on 6,000 prompts of `../shared/data`: cosine 0.09 on average between unrelated prompts, 0.63 between a prompt
and itself with 40 % of the words replaced; AUC 0.99 between the two. Without the weights 0.18, 0.65, 0.98.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201, ANN202, D417

from __future__ import annotations

import math

import numpy as np
from numba import njit

from models.event import CONTENT_BYTES
from models.sketch.templates import LAST, SYSTEM
from models.sketch.tokens import ALONE
from models.sketch.windows import BASE, mixed

LENGTH = 127  # of a vector, as whole numbers
_MAX_WEIGHT = 8
_PIECE_UNITS = 6
_SIGN = np.uint64(1 << 6)


@njit(cache=True, nogil=True)
def content_vectors(hashes, units, flags, token_bounds, prompts, vectors):
    """Make the content vectors of many prompts, each of its last user message, or of its system prompt without one.

    Args:
        hashes, units, flags, token_bounds: As `models.sketch.tokens.read_tokens` filled them.
        prompts: Texts of every prompt; int64, shape (prompts, 3).
        vectors: Filled; int8, shape (prompts, 64). All zero where there are no tokens.
    """
    sums = np.empty(CONTENT_BYTES, np.int64)
    for prompt in range(len(prompts)):
        sums[:] = 0
        text = prompts[prompt, LAST]
        if text < 0 or token_bounds[text] == token_bounds[text + 1]:
            text = prompts[prompt, SYSTEM]
        if text >= 0:
            _add_tokens(hashes, units, flags, token_bounds[text], token_bounds[text + 1], sums)
        _quantise(sums, vectors[prompt])


@njit(nogil=True)
def _add_tokens(hashes, units, flags, first, last, sums):
    for token in range(first, last):
        feature, weight = hashes[token], np.int64(units[token])
        if flags[token] & ALONE:
            end = token + 1
            while weight < _PIECE_UNITS and end < last and flags[end] & ALONE:
                feature = feature * BASE + hashes[end]
                weight += units[end]
                end += 1
            feature = mixed(feature)
        weight = min(weight, _MAX_WEIGHT)  # type: ignore[arg-type]  # Numba's integers are NumPy's
        sums[feature % np.uint64(CONTENT_BYTES)] += weight if feature & _SIGN else -weight


@njit(nogil=True)
def _quantise(sums, vector):
    """Write the sums, damped and scaled, as signed bytes."""
    square = 0.0
    for place in range(len(sums)):
        square += abs(sums[place])
    scale = LENGTH / math.sqrt(square) if square else 0.0
    for place in range(len(sums)):
        damped = math.sqrt(abs(sums[place])) * scale
        vector[place] = np.int8(round(damped if sums[place] > 0 else -damped))
