"""The compiled reader and the typed decoder say the same of every message."""

import json
from base64 import b64encode
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.account.columns import Columns, columns_of
from models.account.decode import Lines, _scan, decode_columns
from models.account.exchange import EXCHANGE
from models.account.scan import MARKED
from models.event import MAX_EVENT_BYTES, decode_event, decode_events
from tests.models.test_decoding_properties import messages

FULL: dict[str, Any] = {
    "event_id": "e" * 64, "ts": 1_790_000_000_123, "account_id": "account", "model": "m" * 128,
    "input_tokens": 999_999_999_999_999_999, "output_tokens": 0, "org_id": "org", "key_id": "k", "session_id": "s1",
    "end_user_id": "u", "endpoint": "batch", "status": 529, "refused": True, "stop_reason": "end_turn",
    "cached_tokens": 7, "reasoning_tokens": 8, "max_tokens": 4096, "temperature": 0.25, "samples": 2, "turn": 3,
    "tools": 4, "latency_ms": 1234.5678, "plan": "pro", "plan_tokens_per_day": 1_000_000, "account_created": 17,
    "client": "sdk/1.2 (x; y)", "ip": "0123456789abcdef", "asn": 64512, "ip_type": "residential", "tls": "t",
    "payment": "card", "signup": "form", "templates": ["0123456789abcdef", "f" * 16],
    "content": b64encode(bytes(range(192, 256))).decode(), "signals": ["rubric_grading", "x" * 64],
    "capability": "coding", "reasoning_in": ["r1", "r2"], "reasoning_out": "r3",
}  # fmt: skip
BARE = {name: FULL[name] for name in ("event_id", "ts", "account_id", "model", "input_tokens", "output_tokens")}


def raw(fields: dict[str, Any], **changed: Any) -> bytes:
    return json.dumps(fields | changed, separators=(",", ":")).encode()


def same(one: Columns, other: Columns) -> None:
    assert one.exchanges.tobytes() == other.exchanges.tobytes(), [
        name for name in EXCHANGE.names or () if (one.exchanges[name] != other.exchanges[name]).any()
    ]
    for flat, bounds in (("templates", "bounds"), ("blocks", "block_bounds")):
        begin, end = getattr(one, bounds)[[0, -1]]
        assert (getattr(one, bounds) - begin).tolist() == getattr(other, bounds).tolist()
        assert getattr(one, flat)[begin:end].tolist() == getattr(other, flat).tolist()
    for at in range(len(one)):
        assert (one.account_id(at), one.org_id(at)) == (other.account_id(at), other.org_id(at))


def texts(lines: Lines) -> list[bytes]:
    return [lines.text[begin:end] for begin, end in lines.spans.tolist()]


def agree(raws: list[bytes | None]) -> None:
    """Hold `decode_columns` to `decode_events`."""
    decoded = decode_columns(raws)
    events, broken = decode_events(raws)
    assert decoded.broken == broken
    assert [decode_event(line) for line in texts(decoded.lines)] == events
    for line, (begin, _), marks in zip(texts(decoded.lines), decoded.lines.spans, decoded.lines.marks, strict=True):
        found = msgspec.json.decode(line)
        for name, mark in zip(MARKED, marks.tolist(), strict=True):
            assert (mark > 0) == (name in found)
            assert not mark or line[: mark - begin].endswith(b'"' + name.encode())
    if events:
        same(decoded.columns, columns_of(events))
    else:
        assert len(decoded.columns) == 0


def is_plain(message: bytes) -> bool:
    return bool(_scan([message])[2].all())


@pytest.mark.parametrize("fields", [FULL, BARE, FULL | {"unknown": "x", "other": 1.5, "third": True}])
def test_what_gateways_write_is_plain(fields):
    assert is_plain(raw(fields))
    assert is_plain(json.dumps(fields).encode())
    assert is_plain(b" " + raw(fields) + b"  ")
    assert is_plain(raw(dict(reversed(fields.items()))))
    agree([raw(fields), json.dumps(fields).encode()])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ts", -1), ("ts", 1.0), ("ts", 4_102_444_800_001), ("ts", True), ("ts", None), ("ts", "1"),
        ("event_id", ""), ("event_id", "e" * 65), ("event_id", "é"), ("event_id", 'a"b'), ("event_id", "a\\b"),
        ("event_id", "a\tb"), ("input_tokens", 2**63 - 1), ("input_tokens", 2**63), ("status", 99), ("status", 600),
        ("turn", 0), ("samples", 0), ("refused", 1), ("refused", "true"), ("temperature", 10.0),
        ("temperature", 10.5), ("temperature", -0.5), ("temperature", 1e-9),
        ("latency_ms", -1.0), ("latency_ms", 1e300),
        ("ip_type", "satellite"), ("templates", ["0123456789ABCDEF"]), ("templates", ["0123456789abcde"]),
        ("templates", ["0" * 16] * 24), ("templates", ["0" * 16] * 25), ("templates", "0" * 16), ("templates", [1]),
        ("content", b64encode(bytes(63)).decode()), ("content", b64encode(bytes(65)).decode()),
        ("content", "A" * 85 + "B=="), ("content", "-" * 86 + "=="), ("signals", ["x"] * 16), ("signals", ["x"] * 17),
        ("signals", [""]), ("signals", ["x" * 65]), ("reasoning_in", ["x"] * 64), ("reasoning_in", ["x"] * 65),
        ("unknown", {"nested": [1, {}]}), ("unknown", None), ("unknown", [1]), ("unknown", -1), ("ts_ms", 5),
        ("content_base64", "x"), ("account_created_ms", 5), ("org_id_or_null", "x"),
    ],
)  # fmt: skip
def test_values_at_the_edges_are_judged_alike(field, value):
    agree([raw(FULL), raw(FULL, **{field: value}), raw(BARE, **{field: value}), raw(BARE)])


@pytest.mark.parametrize(
    "message",
    [
        b"", None, b"{", b"[]", b"{}", b'"x"', b"null", raw(BARE)[:-1], raw(BARE) + b"x", raw(BARE) + b"\n",
        raw(BARE).replace(b":", b" : "), raw(BARE).replace(b",", b" ,\n "), raw(BARE)[:-1] + b",}",
        raw(BARE)[:-1] + b',"ts":5}', raw(BARE)[:-1] + b',"tools":01}', raw(BARE)[:-1] + b',"tools":1e1}',
        raw(BARE)[:-1] + b',"tools":-0}', raw(BARE)[:-1] + b',"tools":}', raw(BARE)[:-1] + b',"latency_ms":1.}',
        raw(BARE)[:-1] + b',"latency_ms":.5}', raw(BARE)[:-1] + b',"refused":falsy}', raw(BARE)[:-1] + b',"x":truer}',
        raw(BARE)[:-1] + b',"signals":["a",]}', raw(BARE)[:-1] + b',"signals":["a" "b"]}',
        raw(BARE)[:-1] + b',"signals":[ "a" , "b" ]}', raw(BARE)[:-1] + b',"templates":["0123456789abcdef"}',
        raw(BARE)[:-1] + b',"":1}', raw(BARE)[:-1] + b',"client":"\xff"}',
        raw(BARE)[:-1] + b',"x":"' + b"x" * 70_000 + b'"}',
        raw(BARE, pad="x" * (MAX_EVENT_BYTES - len(raw(BARE, pad="")))),
        raw(BARE, pad="x" * (MAX_EVENT_BYTES - len(raw(BARE, pad="")) + 1)),
        json.dumps(FULL | {"client": "日本 \u2028"}, ensure_ascii=False).encode(),
    ],
)  # fmt: skip
def test_odd_messages_are_judged_alike_and_disturb_no_neighbour(message):
    agree([raw(FULL), message, raw(BARE)])
    agree([message])


def test_every_beginning_of_a_message_is_judged_alike():
    whole = raw(FULL)
    agree([whole[:size] for size in range(len(whole) + 1)])


@settings(max_examples=300)
@given(st.lists(messages(), max_size=4), st.booleans())
def test_any_chunk_is_decoded_alike(chunk, spaced):
    separators = None if spaced else (",", ":")
    agree([json.dumps(fields, separators=separators).encode() for fields in chunk])


@given(messages(), st.integers(0, 2_000), st.binary(max_size=3), st.integers(0, 3))
def test_damaged_bytes_are_judged_alike(fields, at, put, cut):
    message = json.dumps(FULL | fields).encode()
    agree([message[:at] + put + message[at + cut :], raw(FULL)])


def test_parts_of_columns_are_columns():
    events, _ = decode_events([raw(FULL, event_id=str(n), reasoning_in=["x"] * n) for n in range(5)])
    same(columns_of(events).part(1, 4), columns_of(events[1:4]))
    same(columns_of(events).take(np.array([3, 0])), columns_of([events[3], events[0]]))
