"""A chunk of events as columns, the form in which the account models learn.

Python objects end here. Strings become 64-bit numbers (`models.links`), base64 becomes signed bytes, template
keys become one flat array with offsets. What is absent is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.account.row import CONTENT
from models.event import Event
from models.links import Interner, LinkKind

# Bits of `flags`.
FIRST_TURN, REFUSED, FAILED, TOOLS, CACHED, SIGNALLED, HAS_CONTENT = 1, 2, 4, 8, 16, 32, 64

# One event as the models see it: times in epoch milliseconds, tokens in tokens, the rest hashes.
EXCHANGE = np.dtype(
    [
        ("ts", "i8"),
        ("event", "u8"),
        ("session", "u8"),
        ("input_tokens", "u8"),
        ("output_tokens", "u8"),
        ("cached_tokens", "u8"),
        ("reasoning_tokens", "u8"),
        ("model", "u8"),
        ("client", "u8"),
        ("org", "u8"),
        ("ip", "u8"),
        ("tls", "u8"),
        ("payment", "u8"),
        ("signup", "u8"),
        ("created", "i8"),
        ("plan_tokens", "u8"),
        ("content", "i1", (CONTENT,)),
        ("flags", "u1"),
    ]
)

_FIELDS = Event.__struct_fields__
_NO_CONTENT = bytes(CONTENT)


@dataclass(frozen=True, slots=True)
class Columns:
    """n events in the order of their chunk.

    Attributes:
        exchanges: Shape (n,), dtype `EXCHANGE`.
        templates: The template keys of all events, flat; event i has `templates[bounds[i]:bounds[i + 1]]`.
        bounds: Shape (n + 1,).
        reasoning_in, reasoning_out: Hashes of reasoning blocks, per event.
    """

    exchanges: NDArray[np.void]
    templates: NDArray[np.uint64]
    bounds: NDArray[np.int64]
    reasoning_in: tuple[tuple[str, ...], ...]
    reasoning_out: tuple[str | None, ...]


@dataclass(slots=True)
class Interners:
    """The string tables of one worker, one per kind of identifier."""

    org: Interner = field(default_factory=Interner)
    client: Interner = field(default_factory=lambda: Interner(capacity=100_000))
    model: Interner = field(default_factory=lambda: Interner(capacity=10_000))
    ip: Interner = field(default_factory=lambda: Interner(kind=LinkKind.IP))
    tls: Interner = field(default_factory=lambda: Interner(kind=LinkKind.TLS))
    payment: Interner = field(default_factory=lambda: Interner(kind=LinkKind.PAYMENT))
    signup: Interner = field(default_factory=lambda: Interner(kind=LinkKind.SIGNUP))


def columns_of(events: Sequence[Event], interners: Interners) -> Columns:
    """Return `events` (at least one) as columns."""
    n = len(events)
    by_name = dict(zip(_FIELDS, zip(*map(msgspec.structs.astuple, events), strict=True), strict=True))
    rows = np.zeros(n, dtype=EXCHANGE)
    for name in ("ts", "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"):
        rows[name] = by_name[name]
    for name, source in (("created", "account_created"), ("plan_tokens", "plan_tokens_per_day")):
        rows[name] = [value or 0 for value in by_name[source]]
    for name in ("model", "client", "ip", "tls", "payment", "signup"):
        interner: Interner = getattr(interners, name)
        rows[name] = [interner[text] for text in by_name[name]]
    owners = zip(by_name["org_id"], by_name["account_id"], strict=True)
    rows["org"] = [interners.org[org or account] for org, account in owners]
    rows["event"] = _process_hashes(by_name["event_id"])
    rows["session"] = _process_hashes(by_name["session_id"])
    rows["flags"] = _flags(by_name, n)
    rows["content"] = _contents(by_name["content"])
    templates, bounds = _flat_keys(by_name["templates"])
    return Columns(rows, templates, bounds, by_name["reasoning_in"], by_name["reasoning_out"])


def _flags(by_name: dict[str, tuple[object, ...]], n: int) -> NDArray[np.uint8]:
    flags = np.zeros(n, dtype=np.uint8)
    flags |= (np.array(by_name["turn"], dtype=np.int64) == 1).astype(np.uint8) * np.uint8(FIRST_TURN)
    flags |= (np.array(by_name["status"], dtype=np.int64) >= 400).astype(np.uint8) * np.uint8(FAILED)
    for name, bit in (
        ("refused", REFUSED),
        ("tools", TOOLS),
        ("cached_tokens", CACHED),
        ("signals", SIGNALLED),
        ("content", HAS_CONTENT),
    ):
        flags |= np.fromiter(map(bool, by_name[name]), dtype=np.uint8, count=n) * np.uint8(bit)
    return flags


def _process_hashes(texts: Sequence[str | None]) -> NDArray[np.uint64]:
    """Hash identifiers that are only compared within this process; 0 where absent.

    Python's own hash is SipHash with a key drawn at start-up: fast, and nobody outside can prepare
    collisions.
    """
    hashes = np.array([0 if text is None else hash(text) for text in texts], dtype=np.int64)
    return hashes.view(np.uint64)


def _flat_keys(keys: Sequence[Sequence[str]]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return all template keys as one array, and where each event's keys begin and end (shape n + 1)."""
    bounds = np.zeros(len(keys) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in keys], out=bounds[1:])
    flat = bytes.fromhex("".join(["".join(one) for one in keys]))
    return np.frombuffer(flat, dtype=">u8").astype(np.uint64), bounds


def _contents(contents: Sequence[bytes | None]) -> NDArray[np.int8]:
    flat = b"".join([_NO_CONTENT if vector is None else vector for vector in contents])
    return np.frombuffer(flat, dtype=np.int8).reshape(len(contents), CONTENT)
