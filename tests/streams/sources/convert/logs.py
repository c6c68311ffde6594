"""Logs as LiteLLM, Amazon Bedrock and OpenTelemetry write them, with a word in each prompt that must not leave it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

SECRET = "Xylophonarium"
SYSTEM = f"You grade every answer about the {SECRET} from one to five and show each step."
USER = f"Answer to grade: the {SECRET} has twelve keys."

LITELLM: dict[str, Any] = {
    "id": "chatcmpl-9f2",
    "trace_id": "5b8e-77",
    "call_type": "acompletion",
    "status": "success",
    "prompt_tokens": 812,
    "completion_tokens": 97,
    "total_tokens": 909,
    "startTime": 1_790_000_000.25,
    "endTime": 1_790_000_001.5,
    "model": "provider/large-4",
    "model_group": "large-4",
    "metadata": {
        "user_api_key_hash": "ab" * 32,
        "user_api_key_org_id": "org-7",
        "user_api_key_team_id": "team-3",
        "user_api_key_user_id": "kim",
        "user_api_key_end_user_id": "customer-1",
        "requester_ip_address": "192.0.2.7",
        "user_agent": "claude-cli/1.0.3 (external, cli)",
        "usage_object": {
            "prompt_tokens_details": {"cached_tokens": 500},
            "completion_tokens_details": {"reasoning_tokens": 40},
        },
    },
    "end_user": "customer-1",
    "messages": [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": [{"type": "text", "text": USER}, {"type": "image_url", "image_url": {"url": "x"}}]},
    ],
    "response": {"choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": SECRET}}]},
    "model_parameters": {"temperature": 0.2, "max_tokens": 256, "n": 2, "tools": [{"type": "function"}]},
    "request_tags": [SECRET],
}

BEDROCK: dict[str, Any] = {
    "schemaType": "ModelInvocationLog",
    "schemaVersion": "1.0",
    "timestamp": "2026-09-21T13:46:40Z",
    "accountId": "123456789012",
    "identity": {"arn": "arn:aws:sts::123456789012:assumed-role/Chat/kim"},
    "region": "us-east-1",
    "requestId": "915a6a04-3f83-4c70-a277-7fbf7ea546b3",
    "operation": "Converse",
    "modelId": "vendor.large-4-v1:0",
    "input": {
        "inputContentType": "application/json",
        "inputBodyJson": {
            "messages": [{"role": "user", "content": [{"text": USER}]}],
            "system": [{"text": SYSTEM}],
            "inferenceConfig": {"maxTokens": 256, "temperature": 0.2},
            "toolConfig": {"tools": [{"toolSpec": {}}]},
        },
        "inputTokenCount": 312,
        "cacheReadInputTokenCount": 500,
        "cacheWriteInputTokenCount": 0,
    },
    "output": {
        "outputContentType": "application/json",
        "outputBodyJson": {
            "output": {"message": {"role": "assistant", "content": [{"text": SECRET}]}},
            "stopReason": "end_turn",
            "metrics": {"latencyMs": 1250},
        },
        "outputTokenCount": 97,
    },
}


def attributes(**values: object) -> list[dict[str, Any]]:
    """Attributes of a span; a double underscore stands for a dot."""
    return [{"key": name.replace("__", "."), "value": _any(value)} for name, value in values.items()]


def _any(value: object) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [_any(one) for one in value]}}
        case dict():
            return {"kvlistValue": {"values": attributes(**value)}}
        case _:
            return {"stringValue": value}


def span(*extra: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "name": "chat large-4",
        "kind": 3,
        "startTimeUnixNano": "1790000000250000000",
        "endTimeUnixNano": "1790000001500000000",
        "attributes": [
            *attributes(
                gen_ai__operation__name="chat",
                gen_ai__provider__name="openai",
                gen_ai__request__model="large-4",
                gen_ai__conversation__id="conv-5",
                gen_ai__request__temperature=0.2,
                gen_ai__request__max_tokens=256,
                gen_ai__request__choice__count=2,
                gen_ai__response__finish_reasons=["stop"],
                gen_ai__usage__input_tokens=812,
                gen_ai__usage__output_tokens=97,
                gen_ai__usage__cache_read__input_tokens=500,
                user__id="kim",
                client__address="192.0.2.7",
                user_agent__original="claude-cli/1.0.3 (external, cli)",
            ),
            *extra,
        ],
    } | fields


def export(*spans: dict[str, Any]) -> dict[str, Any]:
    resource = {"attributes": attributes(service__name="gateway")}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "g"}, "spans": list(spans)}]}]}


CONTENT = attributes(
    gen_ai__system_instructions=[{"type": "text", "content": SYSTEM}],
    gen_ai__input__messages=[{"role": "user", "parts": [{"type": "text", "content": USER}]}],
    gen_ai__output__messages=[{"role": "assistant", "parts": [{"type": "text", "content": SECRET}]}],
    gen_ai__tool__definitions=[{"type": "function", "name": "f"}],
)
OTEL: dict[str, Any] = export(span(*CONTENT))
LOGS = {"litellm": LITELLM, "bedrock": BEDROCK, "otel": OTEL}


def changed(log: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A log with another value at a dotted path; None takes it away."""
    copy = deepcopy(log)
    inner = copy
    *parents, last = path.split(".")
    for name in parents:
        inner = inner[name]
    if value is None:
        inner.pop(last)
    else:
        inner[last] = value
    return copy
