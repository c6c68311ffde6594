"""Conversations as different interfaces write them, in the one shape that raw logs have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from streams.sources.convert.exchange import first, many

Messages = list[dict[str, Any]]
# Where interfaces put the text of a piece of a message: most as `text`, OpenTelemetry as `content`.
_TEXTS = ("text", "content", "input_text")


def conversation(system: object, messages: object) -> Messages | None:
    """Return messages with their texts, the system prompt first; None where the log holds no conversation.

    Args:
        system: A text, or pieces of one.
        messages: An array of messages, each with a role and a text or pieces (`content` or `parts`); or one text, of
            the user. Pieces without text (images, calls and results of tools) are left out.

    >>> conversation([{"text": "Be brief."}], [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}])
    [{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': 'Hi'}]
    >>> conversation(None, "Hi")
    [{'role': 'user', 'content': 'Hi'}]
    """
    found: Messages = []
    if instructions := text_of(system):
        found.append({"role": "system", "content": instructions})
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    for message in many(messages):
        if isinstance(message, Mapping):
            content = first(message.get("content"), message.get("parts"))
            found.append({"role": str(message.get("role", "user")), "content": text_of(content)})
    return found if any(message["content"] for message in found) else None


def text_of(content: object) -> str:
    """Return the text in a text or in pieces, pieces on lines of their own; empty where there is none."""
    if isinstance(content, str):
        return content
    pieces = [content] if isinstance(content, Mapping) else many(content)
    return "\n".join(text for piece in pieces for text in _texts(piece))


def turn_of(messages: Messages | None) -> int | None:
    """Return which turn of the user a conversation has come to, from 1; None where that is not known."""
    return sum(message["role"] == "user" for message in messages) or None if messages else None


def _texts(piece: object) -> Iterator[str]:
    if isinstance(piece, str):
        yield piece
    elif isinstance(piece, Mapping) and piece.get("type", "text") in ("text", "input_text"):
        found = first(*(piece.get(name) for name in _TEXTS))
        if isinstance(found, str):
            yield found
