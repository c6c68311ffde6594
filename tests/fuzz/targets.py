"""What is fed, and what must hold whatever it is fed: an answer or a reason, never another exception.

A target takes bytes and returns; an exception, twenty seconds, or two gigabytes are a finding.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from models.account.decode import decode_columns
from models.account.sampler import Sampler
from models.account.shard import AccountShard
from models.account.state import AccountState, StateError
from models.decoding import Violation
from models.event import decode_events
from models.facts import decode_all_facts
from models.rawlog import RawLogs
from models.sighting import decode_batch
from models.sketch import Sketcher
from streams.bus.letter import Letter
from streams.sources.convert.conversion import Conversion
from streams.sources.raw_files import RawLine
from streams.store import statement
from streams.store.access import Access
from streams.store.errors import StoreError
from streams.store.refusals import EngineError
from streams.store.rights import check_rights

LONGEST_REASON = 1000
_KEY = b"a key that is nobody's secret"

EVENT = (
    b'{"event_id":"e1","ts":1760000000000,"account_id":"acct","model":"m","input_tokens":812,"output_tokens":1930,'
    b'"org_id":"o","session_id":"s","status":200,"refused":false,"turn":1,"temperature":0.5,"samples":1,'
    b'"templates":["0123456789abcdef"],"signals":["cot_elicitation"],"reasoning_in":["r"],"reasoning_out":"q",'
    b'"content":"' + b"A" * 85 + b'A==","ip_type":"vpn","asn":64512}'
)
RAW = EVENT.replace(b'"templates":["0123456789abcdef"],', b'"messages":[{"role":"user","content":"Why is it so?"}],')
FACTS = b'{"account_id":"a","ts":1,"status":"active","verified":true,"permits":["evaluation"],"reseller":false}'
LETTER = (
    b'{"topic":"t","partition":0,"offset":1,"ts":1,"key":"k","field":"ts","value":"","rule":"r","reason":"x","raw":"y"}'
)
HEADER = b"\x84\xa6offset\x01\xa9watermark\x01\xacsample_limit\x01\xa7version\x01"
OTEL = (
    b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"t","spanId":"s","startTimeUnixNano":"1760000000000000000",'
    b'"endTimeUnixNano":"1760000001000000000","status":{"code":2},"attributes":['
    b'{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"user.id","value":{"stringValue":"u"}},'
    b'{"key":"gen_ai.request.model","value":{"stringValue":"m"}},'
    b'{"key":"gen_ai.usage.input_tokens","value":{"intValue":"9"}},'
    b'{"key":"gen_ai.usage.output_tokens","value":{"intValue":3}},'
    b'{"key":"gen_ai.input.messages","value":{"stringValue":"[{\\"role\\":\\"user\\",\\"content\\":\\"Why?\\"}]"}}'
    b"]}]}]}]}"
)
LITELLM = (
    b'{"id":"e","startTime":1760000000.5,"endTime":1760000001.5,"model":"m","status":"success","prompt_tokens":9,'
    b'"completion_tokens":3,"metadata":{"user_api_key_hash":"k","user_api_key_team_id":"t"},"end_user":"u",'
    b'"requester_ip_address":"198.51.100.7","messages":[{"role":"user","content":"Why is it so?"}],'
    b'"model_parameters":{"temperature":0.5,"max_tokens":10},"response":{"choices":[{"finish_reason":"stop"}]}}'
)
BEDROCK = (
    b'{"timestamp":"2026-03-02T05:26:00Z","accountId":"1","identity":{"arn":"arn:aws:iam::1:role/r"},"requestId":"e",'
    b'"modelId":"anthropic.m","operation":"InvokeModel","input":{"inputTokenCount":9,"inputBodyJson":{"messages":'
    b'[{"role":"user","content":[{"type":"text","text":"Why?"}]}],"max_tokens":5}},"output":{"outputTokenCount":3,'
    b'"outputBodyJson":{"stop_reason":"end_turn"}},"schemaType":"ModelInvocationLog"}'
)
HEADERS = b"http://127.0.0.1:8123\n127.0.0.1:8123\nBasic YTpi\npassword"
QUERY = b"INSERT INTO labels (entity_type, entity_id) VALUES ('account', 'a\\'b') -- note\n"


class Target(NamedTuple):
    """One reader of bytes.

    Attributes:
        feed: Takes one input.
        seeds: Inputs that are well-formed, or nearly.
        share: Of all inputs.
    """

    feed: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    share: float


def event(data: bytes) -> None:
    """Messages of `api-events`, and whether the quick reader and the careful one agree."""
    decoded = decode_columns([data])
    events, refused = decode_events([data])
    assert (len(decoded.columns), len(decoded.broken)) == (len(events), len(refused)), "the two readers disagree"
    if events:
        assert decoded.columns.account_id(0) == events[0].account_id, "the two readers disagree on the account"
    _check_reasons(decoded.broken)


def facts(data: bytes) -> None:
    """Messages of `account-facts`."""
    _check_reasons(decode_all_facts([data])[1])


def raw_log(data: bytes) -> None:
    """Raw logs, sketched."""
    _, refused = _raw_logs().to_events([data])
    _check_reasons(refused)


def letter(data: bytes) -> None:
    """Messages of `dead-letters`, which others may write to."""
    with suppress(msgspec.MsgspecError):
        Letter.decode(data)


def query(data: bytes) -> None:
    """Statements that come to the SQL endpoint, and what callers who are no operators may do."""
    with suppress(EngineError, StoreError):
        check_rights(statement.parse(data))


def headers(data: bytes) -> None:
    """What a request to the endpoint carries: whoever has neither token nor key is never let in."""
    origin, host, authorization, password = (data.decode("utf-8", "surrogateescape").split("\n") + [""] * 4)[:4]
    with suppress(EngineError):
        _access().admit({"Host": host, "Origin": origin, "Authorization": authorization}, {"password": password})
        raise AssertionError("let in")


def otel(data: bytes) -> None:
    """Lines of an OpenTelemetry log."""
    _convert("otel", data)


def litellm(data: bytes) -> None:
    """Lines of a LiteLLM log."""
    _convert("litellm", data)


def bedrock(data: bytes) -> None:
    """Lines of an Amazon Bedrock log."""
    _convert("bedrock", data)


def batch(data: bytes) -> None:
    """Messages of `sightings` and `evidence`."""
    with suppress(ValueError, msgspec.MsgspecError):
        decode_batch(data).sightings()


def state(data: bytes) -> None:
    """Records of `account-state`: a header, a row and a segment."""
    with suppress(StateError):
        AccountState(_shard(), Sampler()).restore([(b"aname", data), (b"h", data), (b"e\0\0", data), (b"k\0\0", data)])


TARGETS = {
    "event": Target(event, (EVENT, EVENT[:-40] + b"}", b"{}"), 0.3),
    "facts": Target(facts, (FACTS,), 0.2),
    "raw_log": Target(raw_log, (RAW,), 0.05),
    "letter": Target(letter, (LETTER,), 0.1),
    "query": Target(query, (QUERY, b"SELECT 1 /* a */ FROM `t` SETTINGS x=1 FORMAT JSON"), 0.12),
    "headers": Target(headers, (HEADERS,), 0.07),
    "otel": Target(otel, (OTEL,), 0.02),
    "litellm": Target(litellm, (LITELLM,), 0.02),
    "bedrock": Target(bedrock, (BEDROCK,), 0.02),
    "batch": Target(batch, (b"\x83\xa4rows\xc4\x00\xa5names\x80\xa7version\x02",), 0.08),
    "state": Target(
        state, (b"\x01\0\0\0\0\0\0", b"\x84\xa6offset\x01\xa9watermark\x01\xacsample_limit\x01\xa7version\x01"), 0.02
    ),
}


def _check_reasons(refused: list[tuple[int, Violation]]) -> None:
    for _, why in refused:
        assert 0 < len(str(why)) <= LONGEST_REASON, "a reason, and a short one"


@cache
def _raw_logs() -> RawLogs:
    return RawLogs(Sketcher(_KEY))


@cache
def _conversion(kind: str) -> Conversion:
    return Conversion(kind, lambda: (_KEY, None), network_key=_KEY)


def _convert(kind: str, data: bytes) -> None:
    for events, refused in _conversion(kind).lines([RawLine(Path("log"), 1, data)]):
        assert len(decode_events(events)[0]) == len(events), "what comes out is an event"
        _check_reasons([(one.number, one.why) for one in refused])


@cache
def _access() -> Access:
    return Access(token="a token that no input holds", reading_only=True, names=True)


def _shard() -> AccountShard:
    return AccountShard(saving=True, remembered=4096)
