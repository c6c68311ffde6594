"""What of a conversation the sketch looks at: the system prompt, the first and the last message of the user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

# Longer texts are represented by their beginning and end: about 600 English words each. It bounds the cost of a prompt
# of a million tokens; prompts that differ only in the middle of a longer text have the same sketch.
MAX_CHARACTERS = 3_072


class Part(msgspec.Struct, frozen=True, gc=False):
    """A piece of a message; only those with text count, not images, documents or results of tools.

    Attributes:
        type: `text`, or another name that providers give a piece.
        text: Its text.
    """

    type: str = "text"
    text: str = ""


class Message(msgspec.Struct, frozen=True):
    """One message of a conversation; unknown fields are ignored.

    Attributes:
        role: `system` and `developer`, or `user`; others (`assistant`, `tool`) are not looked at.
        content: Its text, whole or in pieces.
    """

    role: str
    content: str | tuple[Part, ...] | None = None

    @property
    def text(self) -> str:
        """All text of the message, pieces on lines of their own."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join([part.text for part in self.content or () if part.text])


class Prompt(NamedTuple):
    """The texts that are sketched; empty where there is none.

    `first` is empty when it is the last user message as well. The middle of a conversation is not looked at: it is
    long, and that a conversation repeats itself from turn to turn says nothing about templates.

    >>> Prompt.of([Message("system", "Be brief."), Message("user", "Hi"), Message("assistant", "Yes?"),
    ...            Message("user", "Why is the sky blue?")])
    Prompt(system='Be brief.', first='Hi', last='Why is the sky blue?')
    """

    system: str = ""
    first: str = ""
    last: str = ""

    @classmethod
    def of(cls, messages: Sequence[Message]) -> Prompt:
        """Return the prompt of a conversation."""
        system = [message.text for message in messages if message.role in ("system", "developer")]
        user = [message for message in messages if message.role == "user"]
        return cls(
            clipped("\n".join(system)),
            clipped(user[0].text) if len(user) > 1 else "",
            clipped(user[-1].text) if user else "",
        )


def clipped(text: str) -> str:
    """Return a text, or its beginning and end when it is long."""
    if len(text) <= 2 * MAX_CHARACTERS:
        return text
    return f"{text[:MAX_CHARACTERS]}\n{text[-MAX_CHARACTERS:]}"
