"""The API event: one exchange with the model API, decoded and validated.

This is the hot path's first step: a typed `msgspec` decode checks every rule of contract v1 but one. That one
is the alphabet of template keys: a regular expression takes 0.9 us a key, one look at all keys of a chunk
0.07 us.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Optional, TypeVar

import msgspec
from msgspec import Meta

from models.decoding import INT64_MAX, Decoder, Violation

MAX_EVENT_BYTES = 64 * 1024
MAX_TEMPLATES = 24
MAX_TS = 4_102_444_800_000  # 2100-01-01, epoch milliseconds
CONTENT_BYTES = 64
TEMPLATE_PATTERN = "^[0-9a-f]{16}$"

T = TypeVar("T")
# `Absent[X]` is an X or, when the field is absent, None. A JSON `null` is refused, as the schema asks:
# msgspec does not check defaults, so it is enough to keep None out of the type that it sees.
if TYPE_CHECKING:
    Absent = Optional[T]  # noqa: UP045  # a generic alias has to be written this way
else:
    Absent = Annotated[T, "or None where absent"]

Id64 = Annotated[str, Meta(min_length=1, max_length=64)]
Id128 = Annotated[str, Meta(min_length=1, max_length=128)]
# Every integer fits 64 signed bits: NumPy, ClickHouse and the rest of the pipeline hold no others.
Count = Annotated[int, Meta(ge=0, le=INT64_MAX)]
Positive = Annotated[int, Meta(ge=1, le=INT64_MAX)]
Millis = Annotated[int, Meta(ge=0, le=MAX_TS)]
TemplateKey = Annotated[str, Meta(min_length=16, max_length=16, extra_json_schema={"pattern": TEMPLATE_PATTERN})]
Content = Annotated[bytes, Meta(min_length=CONTENT_BYTES, max_length=CONTENT_BYTES)]
IpType = Literal["residential", "datacenter", "vpn", "mobile", "unknown"]


class Event(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One exchange with the model API (contract v1, section 1). Unknown fields are ignored.

    Attributes:
        event_id: Unique per exchange; a repeated id counts once.
        ts: Time of the request, epoch milliseconds UTC.
        account_id: Owner of the credential.
        model: Model requested (OpenTelemetry `gen_ai.request.model`).
        input_tokens: Tokens of the request (`gen_ai.usage.input_tokens`).
        output_tokens: Tokens of the answer (`gen_ai.usage.output_tokens`).
        org_id: Billing organisation; when absent, the account stands for itself.
        key_id: API key.
        session_id: Conversation (`gen_ai.conversation.id`).
        end_user_id: End user forwarded by a reseller.
        endpoint: `messages`, `batch`, ... (`gen_ai.operation.name`).
        status: HTTP status (`http.response.status_code`).
        refused: The model or a safety layer declined.
        stop_reason: Why the answer ended (`gen_ai.response.finish_reasons`).
        cached_tokens: Input tokens read from a cache (`gen_ai.usage.cache_read.input_tokens`).
        reasoning_tokens: Output tokens spent on reasoning.
        max_tokens: Request parameter (`gen_ai.request.max_tokens`).
        temperature: Request parameter (`gen_ai.request.temperature`).
        samples: Answers asked for (`gen_ai.request.choice.count`).
        turn: Turn in the session, from 1.
        tools: Number of tool definitions.
        latency_ms: Milliseconds to the end of the answer.
        plan: Subscription.
        plan_tokens_per_day: Tokens per day that the plan entitles to.
        account_created: Creation of the account, epoch milliseconds UTC.
        client: Harness or user agent, a keyed hash or a public name (`user_agent.original`).
        ip: Keyed hash of the /24 (IPv4) or /48 (IPv6).
        asn: Number of the autonomous system.
        ip_type: Kind of network.
        tls: Keyed hash of the TLS or HTTP/2 fingerprint.
        payment: Keyed hash of the payment instrument.
        signup: Keyed hash of the registration's fingerprint.
        templates: Template keys of the prompt, 64-bit numbers in hexadecimal.
        content: Content vector of the prompt, 64 signed bytes; base64 in JSON.
        signals: What a classifier at the gateway saw, such as `rubric_grading`.
        capability: `coding`, `agentic`, `reasoning`, `writing`, ...
        reasoning_in: Keyed hashes of the reasoning blocks presented in the request.
        reasoning_out: Keyed hash of the reasoning block returned.

    >>> raw = b'{"event_id":"e","ts":1,"account_id":"a","model":"m","input_tokens":1,"output_tokens":2}'
    >>> decode_event(raw).samples
    1
    """

    event_id: Id64
    ts: Millis
    account_id: Id128
    model: Id128
    input_tokens: Count
    output_tokens: Count
    org_id: Absent[Id128] = None
    key_id: Absent[Id128] = None
    session_id: Absent[Id128] = None
    end_user_id: Absent[Id128] = None
    endpoint: Id64 = "messages"
    status: Annotated[int, Meta(ge=100, le=599)] = 200
    refused: bool = False
    stop_reason: Absent[Id64] = None
    cached_tokens: Count = 0
    reasoning_tokens: Count = 0
    max_tokens: Absent[Count] = None
    temperature: Absent[Annotated[float, Meta(ge=0, le=10)]] = None
    samples: Positive = 1
    turn: Positive = 1
    tools: Count = 0
    latency_ms: Absent[Annotated[float, Meta(ge=0)]] = None
    plan: Absent[Id64] = None
    plan_tokens_per_day: Absent[Count] = None
    account_created: Absent[Count] = None
    client: Absent[Id128] = None
    ip: Absent[Id64] = None
    asn: Absent[Count] = None
    ip_type: Absent[IpType] = None
    tls: Absent[Id64] = None
    payment: Absent[Id64] = None
    signup: Absent[Id64] = None
    templates: Annotated[tuple[TemplateKey, ...], Meta(max_length=MAX_TEMPLATES)] = ()
    content: Absent[Content] = None
    signals: Annotated[tuple[Id64, ...], Meta(max_length=16)] = ()
    capability: Absent[Id64] = None
    reasoning_in: Annotated[tuple[Id64, ...], Meta(max_length=64)] = ()
    reasoning_out: Absent[Id64] = None


def _keys_fit(events: Sequence[Event]) -> bool:
    """Whether the template keys of all events are hexadecimal; their length has been checked."""
    keys = "".join(["".join(event.templates) for event in events])
    return keys.isascii() and not keys.encode().translate(None, b"0123456789abcdef")


_HexKey = Annotated[str, Meta(pattern=TEMPLATE_PATTERN, max_length=16, extra={"allowed": "16 digits, 0-9 or a-f"})]
_decoder = Decoder(
    Event,
    max_bytes=MAX_EVENT_BYTES,
    exact={"templates": Annotated[tuple[_HexKey, ...], Meta(max_length=MAX_TEMPLATES)]},
    fits=_keys_fit,
)


def decode_event(raw: bytes | None) -> Event:
    """Return the event in one message.

    Raises:
        InvalidMessage: It does not fit the contract; `violation` says why.
    """
    return _decoder.decode(raw)


def decode_events(raws: Sequence[bytes | None]) -> tuple[list[Event], list[tuple[int, Violation]]]:
    """Return the events of a chunk that fit, in order, and for every other its position and why it does not.

    >>> events, refused = decode_events([b'{"event_id":"e"}', None])
    >>> [(position, str(violation)) for position, violation in refused]
    [(0, 'ts is required'), (1, 'the message is empty')]
    """
    return _decoder.decode_many(raws)


def explain(raw: bytes | None) -> Violation | None:
    """Return why a message is no event, or None when it is one."""
    return _decoder.explain(raw)


_encoder = msgspec.json.Encoder()


def encode_event(event: Event) -> bytes:
    """Return an event as a message; what has its default value is left out.

    >>> event = Event(event_id="e", ts=1, account_id="a", model="m", input_tokens=1, output_tokens=2)
    >>> encode_event(event)
    b'{"event_id":"e","ts":1,"account_id":"a","model":"m","input_tokens":1,"output_tokens":2}'
    """
    return _encoder.encode(event)
