"""OpenTelemetry: spans of generative AI clients and gateways, as OTLP in JSON, one export a line.

The collector's `file` exporter writes such lines. Sources: OpenTelemetry, "Semantic conventions for generative client
AI spans", 1.37 and later, and what instrumentations wrote before: messages as events of the span (until 1.36), and as
numbered attributes, `gen_ai.prompt.0.content`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import msgspec

from streams.sources.convert.conversation import conversation, turn_of
from streams.sources.convert.exchange import Exchange, first, many
from streams.sources.convert.instant import between, from_nanoseconds
from streams.sources.convert.otlp import Span, spans_of

# What the conventions call an inference; spans of agents, tools, retrieval and embeddings are not exchanges.
_INFERENCE = ("chat", "text_completion", "generate_content", "messages")
_ACCOUNT = ("stillwatch.account_id", "user.id", "user.hash", "enduser.id", "enduser.pseudo.id")
_REFUSALS = ("content_filter", "refusal")
_ERROR = (2, "STATUS_CODE_ERROR")
_FAILED = 500
_HTTP = re.compile("[1-5][0-9]{2}")
# Event of a span -> role of the message that it holds.
_EVENTS = {f"gen_ai.{role}.message": role for role in ("system", "user", "assistant", "tool")}


def convert(record: Mapping[str, Any]) -> Iterator[Exchange]:
    """Yield the exchanges among the spans of one line."""
    for span in spans_of(record):
        if _is_inference(span.attributes):
            yield _exchange(span)


def _is_inference(attributes: Mapping[str, Any]) -> bool:
    operation = attributes.get("gen_ai.operation.name")
    # Earlier instrumentations do not name the operation.
    return operation in _INFERENCE or (operation is None and "gen_ai.request.model" in attributes)


def _exchange(span: Span) -> Exchange:
    get = span.attributes.get
    start, end = span.raw.get("startTimeUnixNano"), span.raw.get("endTimeUnixNano")
    failed = _failure(span)
    stop = first(*many(_parsed(get("gen_ai.response.finish_reasons"))))
    messages = _messages(span)
    fields = {
        "event_id": f"{span.raw.get('traceId', '')}{span.raw.get('spanId', '')}" or None,
        "ts": from_nanoseconds(start),
        "account_id": first(*map(get, _ACCOUNT)),
        "org_id": get("stillwatch.org_id"),
        "session_id": first(get("gen_ai.conversation.id"), get("session.id")),
        "model": first(get("gen_ai.request.model"), get("gen_ai.response.model")),
        "input_tokens": first(get("gen_ai.usage.input_tokens"), get("gen_ai.usage.prompt_tokens"), failed and 0),
        "output_tokens": first(get("gen_ai.usage.output_tokens"), get("gen_ai.usage.completion_tokens"), failed and 0),
        "cached_tokens": get("gen_ai.usage.cache_read.input_tokens"),
        "reasoning_tokens": get("gen_ai.usage.reasoning.output_tokens"),
        "status": first(get("http.response.status_code"), failed),
        "stop_reason": stop,
        "refused": True if stop in _REFUSALS else None,
        "max_tokens": get("gen_ai.request.max_tokens"),
        "temperature": get("gen_ai.request.temperature"),
        "samples": get("gen_ai.request.choice.count"),
        "tools": len(many(_parsed(get("gen_ai.tool.definitions")))) or None,
        "turn": turn_of(messages),
        "latency_ms": between(from_nanoseconds(start), from_nanoseconds(end)),
        "ip": get("client.address"),
        "client": get("user_agent.original"),
        "messages": messages,
    }
    return Exchange(fields, span.attributes)


def _failure(span: Span) -> int | None:
    """Return the status of a span that failed and does not say its HTTP status; None for one that did not fail."""
    status = span.raw.get("status")
    kind = span.attributes.get("error.type")
    if kind is None and not (isinstance(status, Mapping) and status.get("code") in _ERROR):
        return None
    return int(kind) if isinstance(kind, str) and _HTTP.fullmatch(kind) else _FAILED


def _messages(span: Span) -> list[dict[str, Any]] | None:
    get = span.attributes.get
    system, asked = _parsed(get("gen_ai.system_instructions")), _parsed(get("gen_ai.input.messages"))
    return conversation(system, first(asked, _of_events(span), _numbered(span.attributes)))


def _of_events(span: Span) -> list[dict[str, Any]] | None:
    found: list[dict[str, Any]] = []
    for name, attributes in span.events:
        if name == "gen_ai.content.prompt":
            found += many(_parsed(attributes.get("gen_ai.prompt")))
        elif name in _EVENTS:
            found.append({"role": first(attributes.get("role"), _EVENTS[name]), "content": attributes.get("content")})
    return found or None


def _numbered(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for number in count():
        role, content = (attributes.get(f"gen_ai.prompt.{number}.{name}") for name in ("role", "content"))
        if role is None and content is None:
            break
        found.append({"role": first(role, "user"), "content": _parsed(content)})
    return found


def _parsed(value: object) -> object:
    """Return what is written as JSON in a text, and any other text as it is."""
    if not isinstance(value, str) or not value.startswith(("[", "{")):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.MsgspecError, RecursionError):
        return value
