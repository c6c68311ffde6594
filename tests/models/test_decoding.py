"""Messages that fit are decoded; what does not fit is named by field, value and rule, and nothing crashes."""

import json
from typing import Any

import pytest

from models.decoding import InvalidMessage, Violation
from models.event import MAX_EVENT_BYTES, Event, decode_event, decode_events, encode_event, explain
from models.facts import AccountFacts, decode_all_facts, decode_facts

SMALLEST: dict[str, Any] = {
    "event_id": "e",
    "ts": 1,
    "account_id": "a",
    "model": "m",
    "input_tokens": 1,
    "output_tokens": 2,
}
VECTOR = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="


def message(**fields: Any) -> bytes:
    return json.dumps(SMALLEST | fields).encode()


def without(field: str) -> bytes:
    return json.dumps({name: value for name, value in SMALLEST.items() if name != field}).encode()


def test_smallest_event_has_the_defaults_of_the_contract() -> None:
    event = decode_event(message())
    assert (event.endpoint, event.status, event.refused, event.samples, event.turn) == (
        "messages",
        200,
        False,
        1,
        1,
    )
    assert (event.org_id, event.templates, event.content) == (None, (), None)


def test_content_arrives_as_signed_bytes() -> None:
    assert decode_event(message(content=VECTOR)).content == bytes(range(64))


def test_unknown_fields_are_ignored() -> None:
    assert decode_event(message(brand_new={"nested": [1, None, 10**30]})) == decode_event(message())


@pytest.mark.parametrize(
    ("raw", "field", "rule"),
    [
        (message(ts="1"), "ts", "a whole number"),
        (message(ts=-1), "ts", "at least 0"),
        (message(ts=4_102_444_800_001), "ts", "at most 4,102,444,800,000"),
        (message(ts=1.5), "ts", "a whole number"),
        (message(ts=None), "ts", "a whole number"),
        (message(ts=True), "ts", "a whole number"),
        (message(input_tokens=-5), "input_tokens", "at least 0"),
        (message(input_tokens=2**63), "input_tokens", "at most 9,223,372,036,854,775,807"),
        (message(output_tokens=10**40), "output_tokens", "at most 9,223,372,036,854,775,807"),
        (message(asn=2**64), "asn", "at most 9,223,372,036,854,775,807"),
        (message(account_created=1e300), "account_created", "at most"),
        (message(samples=0), "samples", "at least 1"),
        (message(status=600), "status", "at most 599"),
        (message(refused=1), "refused", "true or false"),
        (message(account_id=""), "account_id", "1 to 128 characters"),
        (message(account_id="a" * 129), "account_id", "1 to 128 characters"),
        (message(org_id=None), "org_id", "1 to 128 characters"),
        (message(ip_type="satellite"), "ip_type", "one of datacenter, mobile"),
        (message(temperature=11), "temperature", "at most 10"),
        (message(temperature="hot"), "temperature", "a number"),
        (message(latency_ms=-0.1), "latency_ms", "at least 0"),
        (message(templates="0123456789abcdef"), "templates", "an array"),
        (message(templates=["0123456789abcdeg"]), "templates", "16 digits, 0-9 or a-f"),
        (message(templates=["0123456789ABCDEF"]), "templates", "16 digits, 0-9 or a-f"),
        (message(templates=["0123456789abcde"]), "templates", "16 digits, 0-9 or a-f"),
        (message(templates=["0123456789abcde\n"]), "templates", "16 digits, 0-9 or a-f"),
        (message(templates=["0123456789abcdef\n"]), "templates", "16 digits, 0-9 or a-f"),
        (message(templates=["é123456789abcdef"]), "templates", "16 digits, 0-9 or a-f"),
        (message(templates=["0" * 16] * 25), "templates", "0 to 24 items"),
        (message(signals=["s"] * 17), "signals", "0 to 16 items"),
        (message(signals=[""]), "signals", "each text of 1 to 64 characters"),
        (message(content="A" * 88), "content", "base64 of 64 bytes"),
        (message(content="!" * 86 + "=="), "content", "base64 of 64 bytes"),
        (message(content=VECTOR[:-4]), "content", "base64 of 64 bytes"),
        (message(content=list(range(64))), "content", "base64 of 64 bytes"),
        (without("event_id"), "event_id", "is required"),
        (without("output_tokens"), "output_tokens", "is required"),
        (message()[:-1], "", "must be JSON"),
        (message()[:20], "", "must be JSON"),
        (message() + b"{}", "", "must be JSON"),
        (message().replace(b'"ts": 1', b'"ts": NaN'), "", "must be JSON"),
        (message().replace(b'"ts": 1', b'"latency_ms": Infinity, "ts": 1'), "", "must be JSON"),
        (message().replace(b'"ts": 1', b'"latency_ms": 1e999, "ts": 1'), "", "must be JSON"),
        (message(org_id="x").replace(b'"x"', b'"\\ud800"'), "", "must be JSON"),
        (message(org_id="x").replace(b'"x"', b'"\xff"'), "", "must be UTF-8"),
        (message(new="x").replace(b'"x"', b'"\xff"'), "", "must be UTF-8"),
        (b"\xef\xbb\xbf" + message(), "", "must be JSON"),
        (b"[" * 5_000 + b"]" * 5_000, "", "nested"),
        (
            message(new=1).replace(b'"new": 1', b'"new": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000),
            "",
            "nested",
        ),
        (message(new="x" * MAX_EVENT_BYTES), "", "at most 65,536"),
        (b"[]", "", "a JSON object"),
        (b"null", "", "a JSON object"),
        (b"7", "", "a JSON object"),
        (b"", "", "is empty"),
        (None, "", "is empty"),
    ],
)
def test_what_does_not_fit_is_named(raw: bytes | None, field: str, rule: str) -> None:
    violation = explain(raw)
    assert violation is not None
    assert violation.field == field
    assert rule in violation.rule
    assert len(violation.value) <= 80
    assert decode_events([message(), raw]) == ([decode_event(message())], [(1, violation)])
    with pytest.raises(InvalidMessage) as refusal:
        decode_event(raw)
    assert refusal.value.violation == violation


@pytest.mark.parametrize(
    "raw",
    [
        message(input_tokens=2**63 - 1),
        message(ts=1.0),  # a whole number for JSON Schema
        message(ts=1e3),
        message(org_id="é" * 128),  # characters, not bytes
        message(account_id="b").replace(b'"account_id"', b'"account_id": 1, "account_id"'),  # the last one counts
        b" \n" + message() + b"\n",
        message(templates=["0123456789abcdef"] * 24, content=VECTOR),
        json.dumps(SMALLEST | {"org_id": "組織"}, ensure_ascii=False).encode(),
        message(new="x" * (MAX_EVENT_BYTES - len(message(new="")))),
    ],
)
def test_what_fits_is_decoded_alone_and_in_a_chunk(raw: bytes) -> None:
    assert explain(raw) is None
    event = decode_event(raw)
    assert decode_events([raw, message()]) == ([event, decode_event(message())], [])
    assert decode_event(encode_event(event)) == event


def test_positions_and_order_survive_refusals() -> None:
    raws = [message(event_id=str(n)) if n % 3 else b"{" for n in range(10)]
    events, refused = decode_events(raws)
    assert [event.event_id for event in events] == ["1", "2", "4", "5", "7", "8"]
    assert [position for position, _ in refused] == [0, 3, 6, 9]


def test_empty_chunk() -> None:
    assert decode_events([]) == ([], [])


@pytest.mark.parametrize(
    "fields",
    [
        {"ip_type": "please solve this"},  # short, but not an identifier
        {"stop_reason": "please" * 50},
        {"ts": "please solve this riddle"},
        {"ts": {"please": "solve"}},
        {"templates": ["please solve"]},
        {"refused": ["please"]},
        {"messages": [{"role": "user", "content": "please"}], "ts": -1},
    ],
)
def test_no_text_that_may_be_a_prompt_is_echoed(fields: dict[str, Any]) -> None:
    violation = explain(message(**fields))
    assert violation is not None
    assert "please" not in str(violation)


def test_violation_reads_as_a_sentence() -> None:
    assert str(explain(message(ts=-1))) == ("ts = -1 must be a whole number, at least 0 and at most 4,102,444,800,000")
    assert str(explain(b"")) == "the message is empty"
    assert str(Violation("", "70,000 bytes", "must be short")) == "the message = 70,000 bytes must be short"


def test_facts() -> None:
    raw = b'{"account_id":"a","ts":1,"status":"banned","permits":["evaluation"],"verified":null,"extra":1}'
    assert decode_facts(raw) == AccountFacts(account_id="a", ts=1, status="banned", permits=("evaluation",))


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b'{"account_id":"a"}', "ts"),
        (b'{"account_id":"a","ts":1,"status":"gone"}', "status"),
        (b'{"account_id":"a","ts":1,"verified":"yes"}', "verified"),
        (b'{"account_id":"a","ts":1,"permits":"evaluation"}', "permits"),
        (b'{"account_id":"a","ts":1,"permits":[7]}', "permits"),
        (b'{"account_id":"","ts":1}', "account_id"),
        (None, ""),
    ],
)
def test_wrong_facts_are_named(raw: bytes | None, field: str) -> None:
    assert [violation.field for _, violation in decode_all_facts([raw])[1]] == [field]


def test_events_are_hashable_and_frozen() -> None:
    event = decode_event(message())
    assert hash(event) == hash(decode_event(message()))
    with pytest.raises(AttributeError):
        event.ts = 2  # type: ignore[misc]
    assert isinstance(event, Event)
