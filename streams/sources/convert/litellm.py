"""LiteLLM: the `StandardLoggingPayload` that its proxy hands to its loggers, one JSON object a line.

Source: docs.litellm.ai, "StandardLoggingPayload Specification" (2026-10). Loggers that wrap the object in
`standard_logging_object` are understood as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from streams.sources.convert.conversation import conversation, turn_of
from streams.sources.convert.exchange import Exchange, at, first, many
from streams.sources.convert.instant import between, milliseconds

# What the proxy writes in place of a text that it was told not to log.
REDACTED = "redacted-by-litellm"
_CHATS = ("completion", "acompletion", "text_completion", "atext_completion", "anthropic_messages", "responses",
          "aresponses", "generate_content", "agenerate_content")  # fmt: skip
_REFUSALS = ("content_filter", "refusal")
_FAILED = 500
_HTTP = re.compile("[1-5][0-9]{2}")


def convert(record: Mapping[str, Any]) -> Iterator[Exchange]:
    """Yield the exchange of one line."""
    log = first(at(record, "standard_logging_object"), at(record, "kwargs.standard_logging_object"), record)
    parameters = at(log, "model_parameters")
    usage = first(at(log, "metadata.usage_object"), at(log, "response.usage"))
    start, end = milliseconds(at(log, "startTime")), milliseconds(at(log, "endTime"))
    choice = first(*many(at(log, "response.choices")))
    stop = first(at(choice, "finish_reason"), at(log, "response.stop_reason"))
    messages = _messages(log)
    kind = at(log, "call_type")
    yield Exchange(
        {
            "event_id": at(log, "id"),
            "ts": start,
            "account_id": first(
                at(log, "metadata.user_api_key_user_id"),
                at(log, "metadata.user_api_key_team_id"),
                at(log, "metadata.user_api_key_hash"),
            ),
            "org_id": first(at(log, "metadata.user_api_key_org_id"), at(log, "metadata.user_api_key_team_id")),
            "key_id": at(log, "metadata.user_api_key_hash"),
            "end_user_id": first(at(log, "end_user"), at(log, "metadata.user_api_key_end_user_id")),
            "session_id": at(log, "trace_id"),
            "model": first(at(log, "model_group"), at(log, "model")),
            "input_tokens": at(log, "prompt_tokens"),
            "output_tokens": at(log, "completion_tokens"),
            "cached_tokens": at(usage, "prompt_tokens_details.cached_tokens"),
            "reasoning_tokens": at(usage, "completion_tokens_details.reasoning_tokens"),
            "endpoint": None if kind in _CHATS else kind,
            "status": _status(log),
            "stop_reason": stop,
            "refused": True if stop in _REFUSALS else None,
            "max_tokens": first(at(parameters, "max_tokens"), at(parameters, "max_completion_tokens")),
            "temperature": at(parameters, "temperature"),
            "samples": at(parameters, "n"),
            "tools": len(many(at(parameters, "tools"))) or None,
            "turn": turn_of(messages),
            "latency_ms": between(start, end),
            "ip": first(at(log, "requester_ip_address"), at(log, "metadata.requester_ip_address")),
            "client": at(log, "metadata.user_agent"),
            "messages": messages,
        },
        log if isinstance(log, Mapping) else record,
    )


def _status(log: object) -> object:
    """Return the HTTP status: of a failure what the provider said, where it is a number."""
    if at(log, "status") != "failure":
        return None
    code = str(at(log, "error_information.error_code"))
    return int(code) if _HTTP.fullmatch(code) else _FAILED


def _messages(log: object) -> list[dict[str, Any]] | None:
    asked = at(log, "messages")
    asked = at(asked, "messages") if isinstance(asked, Mapping) else asked
    found = conversation(at(log, "model_parameters.system"), asked)
    return None if found and all(message["content"] in ("", REDACTED) for message in found) else found
