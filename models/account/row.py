"""What is known of one account: a fixed-size row of online statistics.

Rows live side by side in one NumPy array (`models.account.bank`), so that a chunk of events is applied by one
compiled loop, and a row's bytes are its state on the changelog. The layout has a version; a row of another
version is not read but rebuilt from the stream.

Units: times are epoch milliseconds, tokens are tokens, `gap_*` are exponentially weighted means of the natural
logarithm of the seconds between requests, and of its square (River's `EWMean`/`EWVar` at `FADING`).

`content` sums content vectors and `content_squares` their squared lengths: together they say how alike an account's
own prompts are. `output_log` and `output_log_square` sum ln(1 + output tokens) and its square over openings.

`minutes` is a MinHash sketch of the minutes in which the account was active: of two accounts, the share of registers
that agree estimates the share of their active minutes that are common. A register is the smallest 16-bit hash, plus
one; 0 is none yet.

`capability` is what the account is used for most, if anything is: the candidate of Boyer and Moore's majority vote over
its openings, which needs one name and one count (`capability_votes`).

An *opening* is a request that starts a conversation: its first turn, or any request without a session or in
another session than the one before. Template keys are counted on openings only, because later turns repeat
the opening's keys and would make every long conversation look like a template.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.facts import AccountFacts

STATE_VERSION = 5

FADING = 0.05  # an account's "recent" is about its last 20 requests
SLOTS = 32  # link keys followed per account: 24 templates of one prompt and 8 of infrastructure
MINUTES = 8  # registers of the sketch of active minutes
CONTENT = 64  # dimensions of the content vector

# Bits of `flags`: account facts and labels that change what the account's evidence means.
VERIFIED, PERMIT, RESELLER, BANNED, CLEARED = 1, 2, 4, 8, 16

WINDOW = np.dtype(
    [
        ("start", "i8"),
        ("input_tokens", "u8"),
        ("output_tokens", "u8"),
        ("cached_tokens", "u8"),
        ("reasoning_tokens", "u8"),
        ("ips", "u8"),
        ("clients", "u8"),
        ("models", "u8"),
        ("events", "u4"),
        ("openings", "u4"),
        ("refused", "u4"),
        ("errors", "u4"),
        ("tools", "u4"),
        ("signals", "u4"),
    ]
)

SLOT = np.dtype([("key", "u8"), ("first", "i8"), ("count", "u4"), ("kind", "u1")])

ACCOUNT = np.dtype(
    [
        ("account", "u8"),
        ("org", "u8"),
        ("created", "i8"),
        ("first", "i8"),
        ("last", "i8"),
        ("offset", "i8"),
        ("plan_tokens", "u8"),
        ("input_tokens", "u8"),
        ("output_tokens", "u8"),
        ("payment", "u8"),
        ("signup", "u8"),
        ("ip", "u8"),
        ("tls", "u8"),
        ("model", "u8"),
        ("session", "u8"),
        ("events", "u4"),
        ("openings", "u4"),
        ("tools", "u4"),
        ("cached", "u4"),
        ("signals", "u4"),
        ("refused", "u4"),
        ("errors", "u4"),
        ("late", "u4"),
        ("model_moves", "u4"),
        ("model_since", "i8"),
        ("client", "u8"),
        ("capability", "u8"),
        ("capability_votes", "u4"),
        ("client_moves", "u4"),
        ("ip_moves", "u4"),
        ("minutes", "u2", (MINUTES,)),
        ("flags", "u4"),
        ("gap_mean", "f8"),
        ("gap_square", "f8"),
        ("gaps", "u4"),
        ("hours", "u2", (24,)),
        ("content", "f4", (CONTENT,)),
        ("contents", "u4"),
        ("content_squares", "f8"),
        ("output_log", "f8"),
        ("output_log_square", "f8"),
        ("windows", WINDOW, (2,)),
        ("slots", SLOT, (SLOTS,)),
    ]
)

_WORDS = -(-ACCOUNT.itemsize // 8)
_MASK = -(-_WORDS // 8)
_HEAD = bytes([STATE_VERSION]) + ACCOUNT.itemsize.to_bytes(2, "little")


def flags_of(facts: AccountFacts) -> int:
    """Return the bits of `flags` that the provider's facts set."""
    return (
        VERIFIED * bool(facts.verified)
        + PERMIT * bool(facts.permits)
        + RESELLER * bool(facts.reseller)
        + BANNED * (facts.status == "banned")
    )


def pack_all(rows: NDArray[np.void]) -> list[bytes]:
    """Return rows of `ACCOUNT` as their state bytes: version, size of the row, and its words that are not 0.

    | bytes | |
    |---|---|
    | 1 | `STATE_VERSION` |
    | 2 | size of a row in bytes, little-endian |
    | size / 64, rounded up | one bit per 8-byte word of the row, the first in the highest bit: whether it is stored |
    | 8 each | those words |

    Most of a row is slots and windows that are not in use: of 1.5 KB the median account of `provider-day` has 0.7 KB.
    """
    words = np.zeros((len(rows), _WORDS), dtype="<u8")
    words.view(np.uint8)[:, : ACCOUNT.itemsize] = (
        np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), ACCOUNT.itemsize)
    )
    heads = np.zeros((len(rows), len(_HEAD) + _MASK), dtype=np.uint8)
    heads[:, : len(_HEAD)] = np.frombuffer(_HEAD, dtype=np.uint8)
    flat, ends = np.empty(words.size, dtype="<u8"), np.empty(len(rows), dtype=np.int64)
    used = _squeeze(words, heads[:, len(_HEAD) :], flat, ends)
    head, text, begin, packed = heads.tobytes(), flat[:used].tobytes(), 0, []
    size = heads.shape[1]
    for at, end in enumerate((8 * ends).tolist()):
        packed.append(head[size * at : size * (at + 1)] + text[begin:end])
        begin = end
    return packed


@njit(cache=True)
def _squeeze(words, masks, flat, ends):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write the words that are not 0 behind each other, per row which they are and where they end; return how many."""
    used = 0
    for i in range(words.shape[0]):
        for at in range(words.shape[1]):
            if words[i, at] != 0:
                masks[i, at >> 3] |= np.uint8(128 >> (at & 7))
                flat[used] = words[i, at]
                used += 1
        ends[i] = used
    return used


def pack(row: np.void) -> bytes:
    """Return one row of `ACCOUNT` as `pack_all` does.

    >>> row = np.zeros(1, ACCOUNT)[0]
    >>> row["events"] = 7
    >>> unpack(pack(row))["events"], len(pack(row)) < 50
    (np.uint32(7), True)
    """
    return pack_all(np.array([row], dtype=ACCOUNT))[0]


def unpack(state: bytes) -> np.void | None:
    """Return the row behind `pack`'s bytes, or None when they are of another version or not whole."""
    if len(state) < len(_HEAD) + _MASK or not state.startswith(_HEAD):
        return None
    mask = np.frombuffer(state, dtype=np.uint8, offset=len(_HEAD), count=_MASK)
    used = np.unpackbits(mask, count=_WORDS).astype(np.bool_)
    if len(state) != len(_HEAD) + _MASK + 8 * int(np.count_nonzero(used)):
        return None
    words = np.zeros(_WORDS, dtype="<u8")
    words[used] = np.frombuffer(state, dtype="<u8", offset=len(_HEAD) + _MASK)
    return np.void(np.frombuffer(words.tobytes()[: ACCOUNT.itemsize], dtype=ACCOUNT)[0])
