"""The alphabet: what each Unicode code point means to the sketch, as one table that compiled code can read.

Python's `casefold` and `unicodedata.normalize` take 10 to 50 us for a thousand characters as soon as one of them lies
outside ASCII: more than the whole sketch may take. Both are context-free for nearly every character, so they are
tabulated once per process, and applied while the text is read.

Limits: Hangul written as single letters (NFD) does not match Hangul syllables; a character whose folded form is longer
than 6 bytes (some ligatures of whole words) stands for itself.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# Kinds of code point.
BREAK = 0  # ends a token: white space, punctuation, symbols
WORD = 1  # continues a token: scripts that put spaces between words
SINGLE = 2  # is a token by itself: scripts that do not
DIGIT = 3  # continues a token; a run of digits counts as one "0", so that numbers, dates and ids are slots
SKIP = 4  # is not there: accents, vowel points, zero-width characters
STOP = 5  # ends a token, and a segment too unless a token follows at once: the full stop of "Go on." not of "3.14"
END = 6  # ends a token and a segment

# One entry: the folded character in UTF-8 (48 bits) | its length in bytes (4) | its units (4) | its kind (8).
FOLDED_BYTES = 6
LENGTH_SHIFT = 48
UNITS_SHIFT = 52
KIND_SHIFT = 56
SIZE = 0x40000  # planes 0 to 3; what lies beyond is private use and format characters, and counts as BREAK

# Scripts without spaces between words, with the weight of a character in units. One unit is a letter of an alphabet: a
# Chinese word has 1.5 characters on average and its English translation 4.7 letters, hence 3 units to a character.
UNSPACED = (
    (0x0E00, 0x0EFF, 1),  # Thai, Lao
    (0x0F00, 0x0FFF, 2),  # Tibetan
    (0x1000, 0x109F, 1),  # Myanmar
    (0x1100, 0x11FF, 1),  # Hangul letters
    (0x1780, 0x17FF, 1),  # Khmer
    (0x1980, 0x1AAF, 1),  # New Tai Lue, Khmer symbols, Buginese, Tai Tham
    (0x1B00, 0x1B7F, 1),  # Balinese
    (0x3005, 0x3007, 3),  # ideographic marks
    (0x3041, 0x30FF, 2),  # Hiragana, Katakana
    (0x3105, 0x31FF, 2),  # Bopomofo, Katakana extensions
    (0x3400, 0x9FFF, 3),  # CJK
    (0xA000, 0xA4CF, 2),  # Yi
    (0xAC00, 0xD7A3, 3),  # Hangul syllables
    (0x17000, 0x18CFF, 3),  # Tangut
    (0x1B000, 0x1B16F, 2),  # Kana supplement
    (0x20000, 0x3FFFF, 3),  # CJK extensions
)
# Blocks of letters that fold to themselves: one range each instead of 200,000 questions to `unicodedata`.
_PLAIN = ((0x3400, 0x9FFF), (0xA000, 0xA48C), (0xAC00, 0xD7A3), (0x12000, 0x1AFFF),
          (0x20000, 0x2F7FF), (0x2FA20, 0x3FFFF))  # fmt: skip
# Marks that writers add or leave out at will: accents, Hebrew points, Arabic vowel signs and kashida, kana voicing.
_OPTIONAL = (
    *((0x0300, 0x036F), (0x0591, 0x05C7), (0x0610, 0x061A), (0x0640, 0x0640), (0x064B, 0x065F), (0x0670, 0x0670)),
    *((0x06D6, 0x06DC), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0x3099, 0x309A), (0xFE00, 0xFE2F)),
)
_SURROGATES = (0xD800, 0xDFFF)
_STOPS = ".!?:;"
_LINE_ENDS = "\n\r\v\f\x85\u2028\u2029"
# Full stops, question marks and colons of scripts in which no letter follows them but as a new sentence.
_FULL_STOPS = (
    "\u2026\u3002\uff61\uff01\uff1a\uff1b\uff1f\uff0e"  # ellipsis, CJK and full width
    "\u037e\u0589\u061b\u061f\u06d4\u0964\u0965"  # Greek, Armenian, Arabic, Urdu, Devanagari and its relatives
    "\u0f0d\u0f0e\u104a\u104b\u1362\u1366\u1367\u1368\u17d4\u17d5"  # Tibetan, Myanmar, Ethiopic, Khmer
)
_KIND_OF_CATEGORY = {"L": WORD, "M": WORD, "N": WORD, "Nd": DIGIT, "Me": SKIP, "Cf": SKIP}


@lru_cache(maxsize=1)
def alphabet() -> NDArray[np.uint64]:
    """Return the table: entry `c` describes code point `c`. Shape (SIZE,), read-only, 2 MiB, built in 0.1 s."""
    kinds, units = _kinds(), _units()
    payload, lengths = _utf8(np.arange(SIZE, dtype=np.uint64))
    for code, other in _folded(kinds).items():
        encoded, parts = other.encode(), list(map(ord, other))
        payload[code], lengths[code] = int.from_bytes(encoded, "little"), len(encoded)
        units[code] = min(15, int(units[parts].sum()))
        kinds[code] = kinds[parts[0]]
    digits = kinds == DIGIT
    payload[digits], lengths[digits], units[digits] = ord("0"), 1, 1
    kinds[list(map(ord, _STOPS))] = STOP
    kinds[list(map(ord, _LINE_ENDS + _FULL_STOPS))] = END
    table = payload
    for part, shift in ((lengths, LENGTH_SHIFT), (units, UNITS_SHIFT), (kinds, KIND_SHIFT)):
        table |= part.astype(np.uint64) << np.uint64(shift)
    table.flags.writeable = False
    return table


def _asked() -> list[int]:
    """Return the code points that have to be looked up one by one."""
    plain = np.zeros(SIZE, np.bool_)
    for first, last in (*_PLAIN, _SURROGATES):
        plain[first : last + 1] = True
    return [int(code) for code in np.flatnonzero(~plain)]


def _kinds() -> NDArray[np.uint8]:
    """Return the kind of every code point as it stands, not folded."""
    kinds = np.zeros(SIZE, np.uint8)
    for code in _asked():
        category = unicodedata.category(chr(code))
        kinds[code] = _KIND_OF_CATEGORY.get(category, _KIND_OF_CATEGORY.get(category[0], BREAK))
    for first, last in _PLAIN:
        kinds[first : last + 1] = WORD
    for first, last, _ in UNSPACED:
        block = kinds[first : last + 1]
        block[block == WORD] = SINGLE
    for first, last in _OPTIONAL:
        kinds[first : last + 1] = SKIP
    return kinds


def _units() -> NDArray[np.uint8]:
    """Return the units of every code point as it stands."""
    units = np.ones(SIZE, np.uint8)
    for first, last, weight in UNSPACED:
        units[first : last + 1] = weight
    return units


def _folded(kinds: NDArray[np.uint8]) -> dict[int, str]:
    """Return what a code point becomes, for those that become something else: decomposed, case-folded, unmarked."""
    folded: dict[int, str] = {}
    for code in _asked():
        character = chr(code)
        other = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
        if other == character:
            continue
        kept = "".join([part for part in other if kinds[ord(part)] != SKIP])
        if kept and len(kept.encode()) <= FOLDED_BYTES:
            folded[code] = kept
    return folded


def _utf8(codes: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the UTF-8 bytes of code points, the first byte lowest, and how many they are."""
    tail = [(codes >> shift & 0x3F) | 0x80 for shift in (0, 6, 12)]
    forms = [
        codes,
        (codes >> 6 | 0xC0) | tail[0] << 8,
        (codes >> 12 | 0xE0) | tail[1] << 8 | tail[0] << 16,
        (codes >> 18 | 0xF0) | tail[2] << 8 | tail[1] << 16 | tail[0] << 24,
    ]
    length = np.searchsorted(np.array([0x80, 0x800, 0x10000], np.uint64), codes, side="right")
    return np.choose(length, forms).astype(np.uint64), (length + 1).astype(np.uint64)
