"""Amazon Bedrock: records of model invocation logging, as S3 and CloudWatch Logs have them, one JSON object a line.

Source: AWS, "Monitor model invocation using CloudWatch Logs and Amazon S3" (schema 1.0). A record as text inside a
CloudWatch event (`message` or `@message`) is understood as well. Bodies above 100 KB lie in S3 and are not fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from streams.sources.convert.conversation import conversation, turn_of
from streams.sources.convert.exchange import Exchange, at, first, many
from streams.sources.convert.instant import milliseconds

_STATUS = {
    "AccessDeniedException": 403,
    "InternalServerException": 500,
    "ModelErrorException": 424,
    "ModelNotReadyException": 429,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "ServiceQuotaExceededException": 400,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "ValidationException": 400,
}
_FAILED = 500
_REFUSALS = ("guardrail_intervened", "content_filtered", "refusal")


def convert(record: Mapping[str, Any]) -> Iterator[Exchange]:
    """Yield the exchange of one line."""
    log = first(_parsed(first(at(record, "@message"), at(record, "message"))), record)
    body, answer = _parsed(at(log, "input.inputBodyJson")), _parsed(at(log, "output.outputBodyJson"))
    account, session = _principal(at(log, "identity.arn"))
    error = at(log, "errorCode")
    read, written = at(log, "input.cacheReadInputTokenCount"), at(log, "input.cacheWriteInputTokenCount")
    messages = _messages(body)
    stop = _stop_reason(answer)
    yield Exchange(
        {
            "event_id": at(log, "requestId"),
            "ts": milliseconds(at(log, "timestamp")),
            "account_id": first(account, at(log, "accountId")),
            "org_id": at(log, "accountId"),
            "end_user_id": session,
            "model": _model(at(log, "modelId")),
            "input_tokens": _sum(at(log, "input.inputTokenCount"), read, written, failed=error is not None),
            "output_tokens": first(at(log, "output.outputTokenCount"), None if error is None else 0),
            "cached_tokens": read,
            "status": None if error is None else _STATUS.get(str(error), _FAILED),
            "stop_reason": stop,
            "refused": True if stop in _REFUSALS else None,
            "max_tokens": first(*(at(body, path) for path in _MAX_TOKENS)),
            "temperature": first(*(at(body, path) for path in _TEMPERATURE)),
            "tools": len(many(first(at(body, "toolConfig.tools"), at(body, "tools")))) or None,
            "turn": turn_of(messages),
            "latency_ms": at(answer, "metrics.latencyMs"),
            "messages": messages,
        },
        log if isinstance(log, Mapping) else record,
    )


# Models have their own names for the same parameter; those of Converse come first.
_MAX_TOKENS = ("inferenceConfig.maxTokens", "max_tokens", "max_gen_len", "max_tokens_to_sample",
               "textGenerationConfig.maxTokenCount")  # fmt: skip
_TEMPERATURE = ("inferenceConfig.temperature", "temperature", "textGenerationConfig.temperature")
_STOP_REASONS = ("stopReason", "stop_reason", "delta.stop_reason", "messageStop.stopReason", "completionReason",
                 "finish_reason")  # fmt: skip
_WHOLE_PROMPTS = ("prompt", "inputText", "message")


def _parsed(value: object) -> object:
    """Return JSON that is written as text; anything else as it is, and None for other text."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _principal(arn: object) -> tuple[str | None, str | None]:
    """Return who holds the credential, and the name of the session where a role was assumed for one.

    >>> _principal("arn:aws:sts::123456789012:assumed-role/Chat/kim")
    ('arn:aws:sts::123456789012:assumed-role/Chat', 'kim')
    """
    if not isinstance(arn, str):
        return None, None
    if ":assumed-role/" not in arn:
        return arn, None
    role, _, session = arn.rpartition("/")
    return (role, session) if ":assumed-role/" in role else (arn, None)


def _model(name: object) -> object:
    """Return the model's name; of an ARN that is too long for one, its last part."""
    return name.rpartition("/")[2] if isinstance(name, str) and len(name) > 128 else name


def _sum(count: object, *cached: object, failed: bool) -> object:
    """Return all input tokens: Bedrock counts those that a cache read or wrote beside the others."""
    if count is None and failed:
        return 0
    if isinstance(count, int) and not isinstance(count, bool):
        return count + sum(more for more in cached if isinstance(more, int))
    return count


def _messages(body: object) -> list[dict[str, Any]] | None:
    whole = first(*(at(body, name) for name in _WHOLE_PROMPTS))
    return conversation(first(at(body, "system"), at(body, "preamble")), first(at(body, "messages"), whole))


def _stop_reason(answer: object) -> object:
    """Return why the answer ended; of a stream, what its last piece says."""
    for piece in reversed(many(answer) or [answer]):
        found = first(*(at(piece, path) for path in _STOP_REASONS))
        if found is not None:
            return found
    return None
