"""Messages of the topic `api-events` to columns: the plain ones by a compiled reader, the others by `models.event`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.account.columns import EVENT_KEY, Columns, columns_of
from models.account.exchange import EXCHANGE
from models.account.scan import EVENT_ID, HASH_KINDS, MARKED, MAX_BLOCKS, scan
from models.decoding import Violation
from models.event import MAX_TEMPLATES, Event, decode_events, encode_event
from models.links import hash_key
from models.words import PADDING

# The shortest that a template key and a reasoning block can be in a message, with quotes and comma.
_KEY_BYTES, _BLOCK_BYTES = 19, 4

_HASH_KEYS = np.array([hash_key(kind) for kind in HASH_KINDS])
_HASH_KEYS[EVENT_ID] = EVENT_KEY


@dataclass(frozen=True, slots=True)
class Lines:
    """Events as JSON, one object each without line breaks.

    Attributes:
        text: Holds them, and more.
        spans: Shape (n, 2): where in `text` each begins and ends.
        marks: Shape (n, 3): where in `text` the names of `ts`, `account_created` and `content` end; 0 where absent.
    """

    text: bytes
    spans: NDArray[np.int64]
    marks: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.spans)

    def __getitem__(self, part: slice | NDArray[np.bool_]) -> Lines:
        return Lines(self.text, self.spans[part], self.marks[part])


@dataclass(frozen=True, slots=True)
class Decoded:
    """A chunk of messages.

    Attributes:
        columns: The events that fit the contract, in order.
        lines: The same as JSON.
        broken: The position of every other message, and why it does not fit.
    """

    columns: Columns
    lines: Lines
    broken: list[tuple[int, Violation]]


def decode_columns(raws: Sequence[bytes | None]) -> Decoded:
    """Return the events in `raws`.

    >>> raw = b'{"event_id":"e","ts":1,"account_id":"a","model":"m","input_tokens":1,"output_tokens":2}'
    >>> decoded = decode_columns([raw, b"{"])
    >>> decoded.columns.account_id(0), decoded.columns.exchanges["output_tokens"].tolist(), decoded.broken[0][0]
    ('a', [2], 1)
    """
    columns, lines, plain = _scan([raw or b"" for raw in raws])
    if plain.all():
        return Decoded(columns, lines, [])
    others = np.flatnonzero(~plain)
    events, refused = decode_events([raws[at] for at in others.tolist()])
    broken = [(int(others[at]), why) for at, why in refused]
    fitting = np.delete(others, [at for at, _ in refused])
    # The plain ones in order, then the others, and then all by their positions.
    columns, lines = columns.take(np.flatnonzero(plain)), lines[plain]
    if events:
        columns, lines = columns.followed_by(columns_of(events)), _followed_by(lines, events)
    order = np.argsort(np.concatenate([np.flatnonzero(plain), fitting]))
    return Decoded(columns.take(order), Lines(lines.text, lines.spans[order], lines.marks[order]), broken)


def _scan(messages: list[bytes]) -> tuple[Columns, Lines, NDArray[np.bool_]]:
    n = len(messages)
    text = b"\n".join([*messages, PADDING])
    bounds = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, messages), dtype=np.int64, count=n) + 1, out=bounds[1:])
    words = np.frombuffer(text, dtype="<u8", count=len(text) // 8)
    exchanges, plain = np.zeros(n, dtype=EXCHANGE), np.zeros(n, dtype=np.bool_)
    spans, marks = np.zeros((n, 4), dtype=np.int64), np.zeros((n, len(MARKED)), dtype=np.int64)
    keys = np.empty(len(text) // _KEY_BYTES + MAX_TEMPLATES, dtype=np.uint64)
    blocks = np.empty(len(text) // _BLOCK_BYTES + MAX_BLOCKS, dtype=np.uint64)
    key_bounds, block_bounds = np.zeros((2, n + 1), dtype=np.int64)
    scan(words, bounds, _HASH_KEYS, exchanges, spans, marks, keys, key_bounds, blocks, block_bounds, plain)
    lines = Lines(text, np.column_stack([bounds[:-1], bounds[1:] - 1]), marks)
    return Columns(exchanges, keys, key_bounds, blocks, block_bounds, text, spans), lines, plain


def _followed_by(lines: Lines, events: Sequence[Event]) -> Lines:
    """Return `lines` and those of events that were read in another way, written anew."""
    spans, marks, text = [], [], [lines.text]
    begin = len(lines.text)
    for line in map(encode_event, events):
        spans.append((begin, begin + len(line)))
        # A quote inside a text is escaped, so this is a name wherever it stands.
        found = [(name, line.find(b'"%s":' % name.encode())) for name in MARKED]
        marks.append([begin + at + 1 + len(name) if at >= 0 else 0 for name, at in found])
        text.append(line)
        begin += len(line)
    return Lines(b"".join(text), np.concatenate([lines.spans, spans]), np.concatenate([lines.marks, marks]))
