"""A chunk of events as columns, the form in which the account models learn.

Strings become 64-bit numbers (`models.links`), base64 becomes signed bytes, lists become one flat array with bounds.
What is absent is 0. `columns_of` says what each column is, from decoded events; `models.account.decode` makes the same
out of messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.account.exchange import (
    CACHED,
    EXCHANGE,
    FAILED,
    FIRST_TURN,
    HAS_CONTENT,
    REFUSED,
    SIGNALLED,
    TOOLS,
)
from models.account.row import CONTENT
from models.event import Event
from models.links import LinkKind, hash_key, stable_hash
from models.words import hash_text, words_of

# Event ids are compared with those of saved state, so their hashes outlive the process. They are the gateway's, not a
# customer's: nobody who could prepare collisions chooses them.
EVENT_KEY = hash_key(255)

_FIELDS = Event.__struct_fields__
_NO_CONTENT = bytes(CONTENT)
A = TypeVar("A", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Columns:
    """n events in the order of their chunk.

    Attributes:
        exchanges: Shape (n,), dtype `EXCHANGE`.
        templates: The template keys of all events, flat; event i has `templates[bounds[i]:bounds[i + 1]]`.
        bounds: Shape (n + 1,).
        blocks: Hashes of the reasoning blocks presented, flat; event i has those between its `block_bounds`.
        block_bounds: Shape (n + 1,).
        text: Holds the names of accounts and organisations.
        spans: Shape (n, 4): where in `text` the account's name begins and its length in bytes, and the same of the
            organisation; a length of 0 where there is none.
    """

    exchanges: NDArray[np.void]
    templates: NDArray[np.uint64]
    bounds: NDArray[np.int64]
    blocks: NDArray[np.uint64]
    block_bounds: NDArray[np.int64]
    text: bytes
    spans: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.exchanges)

    def account_id(self, at: int) -> str:
        """Return the name of the account of event `at`."""
        begin, length, _, _ = self.spans[at].tolist()
        return self.text[begin : begin + length].decode()

    def org_id(self, at: int) -> str | None:
        """Return the name of the organisation that event `at` gives, if it does."""
        _, _, begin, length = self.spans[at].tolist()
        return self.text[begin : begin + length].decode() if length else None

    def part(self, begin: int, end: int) -> Columns:
        """Return events `begin` to `end`, or to the last."""
        end = min(end, len(self))
        return Columns(
            self.exchanges[begin:end],
            self.templates,
            self.bounds[begin : end + 1],
            self.blocks,
            self.block_bounds[begin : end + 1],
            self.text,
            self.spans[begin:end],
        )

    def take(self, order: NDArray[np.int64]) -> Columns:
        """Return the events at the places in `order`."""
        templates, bounds = _take_lists(self.templates, self.bounds, order)
        blocks, block_bounds = _take_lists(self.blocks, self.block_bounds, order)
        return Columns(self.exchanges[order], templates, bounds, blocks, block_bounds, self.text, self.spans[order])

    def followed_by(self, other: Columns) -> Columns:
        """Return these events and then those of `other`."""
        moved = other.spans + np.array([len(self.text), 0, len(self.text), 0])
        return Columns(
            np.concatenate([self.exchanges, other.exchanges]),
            np.concatenate([self.templates[: self.bounds[-1]], other.templates]),
            np.concatenate([self.bounds, self.bounds[-1] + other.bounds[1:]]),
            np.concatenate([self.blocks[: self.block_bounds[-1]], other.blocks]),
            np.concatenate([self.block_bounds, self.block_bounds[-1] + other.block_bounds[1:]]),
            self.text + other.text,
            np.concatenate([self.spans, moved]),
        )


def columns_of(events: Sequence[Event]) -> Columns:
    """Return `events` (at least one) as columns."""
    n = len(events)
    by_name = dict(zip(_FIELDS, zip(*map(msgspec.structs.astuple, events), strict=True), strict=True))
    rows = np.zeros(n, dtype=EXCHANGE)
    for name in ("ts", "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"):
        rows[name] = by_name[name]
    for name, source in (("created", "account_created"), ("plan_tokens", "plan_tokens_per_day")):
        rows[name] = [value or 0 for value in by_name[source]]
    for name, source, kind in (
        ("account", "account_id", 0),
        ("model", "model", 0),
        ("client", "client", 0),
        ("capability", "capability", 0),
        ("session", "session_id", 0),
        ("ip", "ip", LinkKind.IP),
        ("tls", "tls", LinkKind.TLS),
        ("payment", "payment", LinkKind.PAYMENT),
        ("signup", "signup", LinkKind.SIGNUP),
        ("reasoning_out", "reasoning_out", LinkKind.REASONING),
    ):
        rows[name] = [0 if text is None else stable_hash(text, kind=kind) for text in by_name[source]]
    owners = zip(by_name["org_id"], by_name["account_id"], strict=True)
    rows["org"] = [stable_hash(org or account) for org, account in owners]
    rows["event"] = [_event_hash(text) for text in by_name["event_id"]]
    rows["flags"] = _flags(by_name, n)
    rows["content"] = _contents(by_name["content"])
    templates = np.array([int(key, 16) for key in chain.from_iterable(by_name["templates"])], dtype=np.uint64)
    presented = chain.from_iterable(by_name["reasoning_in"])
    blocks = np.array([stable_hash(block, kind=LinkKind.REASONING) for block in presented], dtype=np.uint64)
    text, spans = _names(by_name["account_id"], by_name["org_id"])
    bounds, block_bounds = _bounds(by_name["templates"]), _bounds(by_name["reasoning_in"])
    return Columns(rows, templates, bounds, blocks, block_bounds, text, spans)


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


def _event_hash(event_id: str) -> int:
    raw = event_id.encode("utf-8", "surrogatepass")
    return int(hash_text(words_of(raw), 0, len(raw), EVENT_KEY))


def _contents(contents: Sequence[bytes | None]) -> NDArray[np.int8]:
    flat = b"".join([_NO_CONTENT if vector is None else vector for vector in contents])
    return np.frombuffer(flat, dtype=np.int8).reshape(len(contents), CONTENT)


def _names(accounts: Sequence[str], orgs: Sequence[str | None]) -> tuple[bytes, NDArray[np.int64]]:
    names = [name.encode() for pair in zip(accounts, orgs, strict=True) for name in (pair[0], pair[1] or "")]
    lengths = np.array([len(name) for name in names], dtype=np.int64)
    begins = np.cumsum(lengths) - lengths
    return b"".join(names), np.column_stack([begins, lengths]).reshape(len(accounts), 4)


def _bounds(lists: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """Return where each list begins and ends when they are put behind each other."""
    bounds = np.zeros(len(lists) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in lists], out=bounds[1:])
    return bounds


def _take_lists(
    flat: NDArray[A], bounds: NDArray[np.int64], order: NDArray[np.int64]
) -> tuple[NDArray[A], NDArray[np.int64]]:
    lengths = np.diff(bounds)[order]
    taken = np.zeros(len(order) + 1, dtype=np.int64)
    np.cumsum(lengths, out=taken[1:])
    return flat[np.arange(taken[-1]) + np.repeat(bounds[:-1][order] - taken[:-1], lengths)], taken
