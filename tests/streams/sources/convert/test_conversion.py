"""Logs of others become the same events as a gateway of our own would send, whatever stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.event import decode_event
from models.sketch import Message, Sketcher
from streams.settings import SettingsError
from streams.sources.convert.conversion import CONVERTERS, Conversion
from streams.sources.convert.privacy import network
from streams.sources.raw_files import RawLine, Refused
from tests.streams.sources.convert.logs import (
    BEDROCK,
    CONTENT,
    LITELLM,
    LOGS,
    OTEL,
    SECRET,
    SYSTEM,
    USER,
    attributes,
    changed,
    export,
    span,
)  # fmt: skip

KEY = b"a key for tests, of enough bytes"
SCHEMA = jsonschema.Draft202012Validator(
    orjson.loads((Path(__file__).parents[4] / "docs" / "api_event.schema.json").read_bytes())
)
KINDS = list(LOGS)
SKETCH = Sketcher(KEY).sketch([Message("system", SYSTEM), Message("user", USER)])


def no_key() -> bytes:
    raise SettingsError("the sketch key is not set")


def convert(kind: str, *logs: object, key: bytes | None = KEY, **options: Any) -> tuple[list[bytes], list[Refused]]:
    """What becomes of logs: objects, or lines."""
    raws = [log if isinstance(log, bytes) else orjson.dumps(log) for log in logs]
    lines = [RawLine(Path("log"), number, raw) for number, raw in enumerate(raws, start=1)]
    conversion = Conversion(kind, no_key if key is None else lambda: (key, None), network_key=key, **options)
    results = list(conversion.lines(lines))
    return [event for events, _ in results for event in events], [one for _, refused in results for one in refused]


def event_of(kind: str, log: object, **options: Any) -> dict[str, Any]:
    events, refused = convert(kind, log, **options)
    assert not refused
    (event,) = events
    SCHEMA.validate(orjson.loads(event))
    assert SECRET.encode() not in event
    return orjson.loads(event)


COMMON = {
    "account_id": "kim",
    "model": "large-4",
    "input_tokens": 812,
    "output_tokens": 97,
    "cached_tokens": 500,
    "max_tokens": 256,
    "temperature": 0.2,
    "tools": 1,
    "latency_ms": 1250,
    "templates": list(SKETCH.templates),
}


def test_litellm():
    assert COMMON | {
        "event_id": "chatcmpl-9f2",
        "ts": 1_790_000_000_250,
        "org_id": "org-7",
        "key_id": "ab" * 32,
        "session_id": "5b8e-77",
        "end_user_id": "customer-1",
        "reasoning_tokens": 40,
        "samples": 2,
        "stop_reason": "stop",
        "client": "claude-cli/1.0.3",
        "ip": network("192.0.2.7", KEY),
    } == {name: value for name, value in event_of("litellm", LITELLM).items() if name != "content"}


def test_bedrock():
    assert {name: value for name, value in event_of("bedrock", BEDROCK).items() if name != "content"} == COMMON | {
        "event_id": "915a6a04-3f83-4c70-a277-7fbf7ea546b3",
        "ts": 1_789_998_400_000,
        "account_id": "arn:aws:sts::123456789012:assumed-role/Chat",
        "end_user_id": "kim",
        "org_id": "123456789012",
        "model": "vendor.large-4-v1:0",
        "stop_reason": "end_turn",
    }


def test_otel():
    assert COMMON | {
        "event_id": "5b8efff798038103d269b633813fc60ceee19b7ec3c1b174",
        "ts": 1_790_000_000_250,
        "session_id": "conv-5",
        "samples": 2,
        "stop_reason": "stop",
        "client": "claude-cli/1.0.3",
        "ip": network("192.0.2.7", KEY),
    } == {name: value for name, value in event_of("otel", OTEL).items() if name != "content"}


def text(value: object) -> str:
    return orjson.dumps(value).decode()


def event_message(role: str, text: str) -> dict[str, Any]:
    return {"name": f"gen_ai.{role}.message", "attributes": attributes(content=text)}


@pytest.mark.parametrize(
    "told",
    [
        span(*attributes(
            gen_ai__system_instructions=text([{"type": "text", "content": SYSTEM}]),
            gen_ai__input__messages=text([{"role": "user", "parts": [{"type": "text", "content": USER}]}]),
        )),
        span(events=[event_message("system", SYSTEM), event_message("user", USER)]),
        span(events=[{"name": "gen_ai.content.prompt", "attributes": attributes(gen_ai__prompt=text(
            [{"role": "system", "content": SYSTEM}, {"role": "user", "content": USER}]))}]),
        span(*attributes(gen_ai__prompt__0__role="system", gen_ai__prompt__0__content=SYSTEM,
                         gen_ai__prompt__1__role="user", gen_ai__prompt__1__content=USER)),
    ],
    ids=["as text", "as events", "as one event", "as numbered attributes"],
)  # fmt: skip
def test_otel_instrumentations_of_every_age(told: dict[str, Any]):
    assert event_of("otel", export(told))["templates"] == list(SKETCH.templates)


def test_only_inferences_of_a_trace_are_exchanges():
    spans = [
        span(*CONTENT),
        span(attributes=attributes(gen_ai__operation__name="execute_tool", gen_ai__tool__name="f"), spanId="01"),
        span(attributes=attributes(gen_ai__operation__name="embeddings", gen_ai__request__model="e"), spanId="02"),
        span(attributes=attributes(http__route="/"), spanId="03"),
        span(*CONTENT, spanId="04"),
    ]
    events, refused = convert("otel", export(*spans))
    assert [orjson.loads(event)["event_id"][-2:] for event in events] == ["74", "04"]
    assert not refused


BODIES = {
    "anthropic": {"system": SYSTEM, "messages": [{"role": "user", "content": USER}], "max_tokens": 9},
    "pieces": {"system": [{"type": "text", "text": SYSTEM}],
               "messages": [{"role": "user", "content": [{"type": "text", "text": USER}]}]},
    "as text": orjson.dumps({"system": SYSTEM, "messages": [{"role": "user", "content": USER}]}).decode(),
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_bedrock_bodies(body: object):
    log = changed(BEDROCK, "input.inputBodyJson", body)
    assert event_of("bedrock", log)["templates"] == list(SKETCH.templates)


@pytest.mark.parametrize("name", ["prompt", "inputText", "message"])
def test_bedrock_models_that_take_one_text(name: str):
    sketch = Sketcher(KEY).sketch([Message("user", USER)])
    log = changed(BEDROCK, "input.inputBodyJson", {name: USER})
    assert event_of("bedrock", log)["templates"] == list(sketch.templates)


def test_bedrock_in_cloudwatch_without_bodies_as_streams_and_failed():
    wrapped = {"timestamp": 1, "message": orjson.dumps(BEDROCK).decode()}
    assert event_of("bedrock", wrapped) == event_of("bedrock", BEDROCK)
    silent = changed(changed(BEDROCK, "input.inputBodyJson", None), "output.outputBodyJson", None)
    assert "templates" not in event_of("bedrock", silent, key=None)
    stream = [
        {"type": "message_start"},
        {"type": "message_delta", "delta": {"stop_reason": "refusal"}},
        {"type": "stop"},
    ]
    refusal = event_of("bedrock", changed(BEDROCK, "output.outputBodyJson", stream))
    assert (refusal["stop_reason"], refusal["refused"]) == ("refusal", True)
    failed = {name: value for name, value in BEDROCK.items() if name not in ("input", "output")}
    event = event_of("bedrock", failed | {"errorCode": "ThrottlingException"}, key=None)
    assert (event["status"], event["input_tokens"], event["output_tokens"]) == (429, 0, 0)


def test_litellm_wrapped_redacted_and_failed():
    assert event_of("litellm", {"standard_logging_object": LITELLM}) == event_of("litellm", LITELLM)
    redacted = changed(LITELLM, "messages", [{"role": "user", "content": "redacted-by-litellm"}])
    assert "templates" not in event_of("litellm", redacted, key=None)
    failed = LITELLM | {"status": "failure", "error_information": {"error_code": "429"}}
    assert event_of("litellm", failed)["status"] == 429
    assert event_of("litellm", failed | {"error_information": {"error_code": "Timeout"}})["status"] == 500


def test_failed_spans():
    failed = span(
        status={"code": 2}, attributes=attributes(gen_ai__request__model="m", user__id="kim", error__type="503")
    )
    event = event_of("otel", export(failed), key=None)
    assert (event["status"], event["input_tokens"], event["output_tokens"]) == (503, 0, 0)


@pytest.mark.parametrize(
    ("kind", "name", "account"),
    [
        ("litellm", "metadata.user_api_key_team_id", "team-3"),
        ("bedrock", "accountId", "123456789012"),
        ("otel", "gen_ai.conversation.id", "conv-5"),
        ("otel", "service.name", "gateway"),
    ],
)
def test_the_account_may_be_named(kind: str, name: str, account: str):
    assert event_of(kind, LOGS[kind], account=name)["account_id"] == account


def test_identifiers_that_are_too_long_stay_apart():
    one, other = (event_of("litellm", LITELLM | {"id": "x" * 100 + end})["event_id"] for end in "ab")
    assert len(one) == len(other) == 32
    assert one != other


@pytest.mark.parametrize("kind", KINDS)
def test_text_without_a_key_is_refused_and_logs_without_text_need_none(kind: str):
    with pytest.raises(SettingsError, match="the sketch key is not set"):
        convert(kind, LOGS[kind], key=None)


def test_networks_are_left_out_without_a_key_and_differ_with_another():
    silent = changed(LITELLM, "messages", None)
    assert "ip" not in event_of("litellm", silent, key=None)
    one, other = (event_of("litellm", silent, key=key)["ip"] for key in (KEY, KEY[::-1]))
    assert one != other
    assert event_of("litellm", silent | {"requester_ip_address": "192.0.2.250"})["ip"] == one
    assert event_of("litellm", silent | {"requester_ip_address": "2001:db8::1"})["ip"] not in (one, other)
    assert "ip" not in event_of("litellm", silent | {"requester_ip_address": "a proxy"})


@pytest.mark.parametrize(
    ("kind", "path", "value", "reason"),
    [
        ("litellm", "prompt_tokens", -1, "input_tokens = -1 must be a whole number"),
        ("litellm", "startTime", "soon", "ts = 'soon' must be a whole number"),
        ("litellm", "id", None, "event_id is required"),
        ("litellm", "model_parameters.temperature", "hot", "temperature = 'hot' must be a number"),
        ("bedrock", "output.outputTokenCount", "many", "output_tokens = 'many' must be a whole number"),
        ("bedrock", "timestamp", None, "ts is required"),
        ("bedrock", "modelId", 7, "model = 7 must be text"),
    ],
)
def test_what_does_not_fit_is_named_and_the_rest_goes_on(kind: str, path: str, value: object, reason: str):
    bad = changed(LOGS[kind], path, value)
    events, refused = convert(kind, LOGS[kind], bad, b'{"cut', b"[1]", LOGS[kind])
    assert len(events) == 2
    assert [(one.number, one.why.field) for one in refused[1:]] == [(3, ""), (4, "")]
    assert refused[0].number == 2
    assert str(refused[0].why).startswith(reason)


def test_a_bad_span_does_not_take_the_others_of_its_line_along():
    bad = span(attributes=attributes(gen_ai__operation__name="chat", gen_ai__request__model="m", user__id="u"))
    events, (refused,) = convert("otel", export(span(), bad, span(*CONTENT)))
    assert len(events) == 2
    assert (refused.number, str(refused.why)) == (1, "input_tokens is required")


# Any JSON at all, and logs of which any part is any JSON.
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def broken(draw: st.DrawFn, kind: str) -> Any:
    def walk(value: Any) -> Any:
        if draw(st.integers(0, 11)) == 0:
            return draw(anything)
        if isinstance(value, dict):
            return {name: walk(inner) for name, inner in value.items()}
        return [walk(inner) for inner in value] if isinstance(value, list) else value

    return walk(LOGS[kind])


def check(kind: str, logs: Sequence[Any]) -> None:
    events, refused = convert(kind, *(msgspec.json.encode(log) for log in logs))
    for event in events:
        SCHEMA.validate(orjson.loads(event))
        assert decode_event(event)
        assert SECRET.encode() not in event
    assert SECRET not in str(refused)
    assert kind == "otel" or len(events) + len(refused) == len(logs)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_no_log_breaks_it_and_none_leaks(kind: str, data: st.DataObject):
    check(kind, [data.draw(broken(kind)) for _ in range(3)])


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=60)
@given(logs=st.lists(st.dictionaries(st.text(max_size=10), anything, max_size=5), max_size=5))
def test_nor_does_any_json(kind: str, logs: list[Any]):
    check(kind, logs)


@settings(deadline=None, max_examples=100)
@given(raws=st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5))
def test_nor_do_any_bytes(raws: list[bytes]):
    for kind in CONVERTERS:
        events, refused = convert(kind, *raws)
        assert kind == "otel" or len(events) + len(refused) == len(raws)


def test_deep_nesting_is_refused():
    _, (refused,) = convert("otel", b'{"resourceSpans":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    assert "nested" in str(refused.why)
