"""A dead letter: a message that did not fit the contract and the reason, as on the topic `dead-letters`."""

from __future__ import annotations

from typing import Annotated, Self

import msgspec
from msgspec import Meta

from models.decoding import INT64_MAX, Violation
from models.event import MAX_TS

MAX_RAW_BYTES = 4096
MAX_KEY_BYTES = 512  # the longest account, 128 characters, in its longest encoding

_Number = Annotated[int, Meta(ge=0, le=INT64_MAX)]


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One refused message.

    Attributes:
        topic, partition, offset: Where it was: on a topic, or the name of a file, 0 and the number of the line.
        ts: When it came, epoch ms.
        key: Of the message.
        field, value, rule: Of the contract that was broken (`models.decoding.Violation`).
        reason: The same as one sentence.
        raw: The message, cut at 4 KiB, bytes that are not UTF-8 replaced; empty where it may hold a prompt.
    """

    topic: str
    partition: Annotated[int, Meta(ge=0, lt=2**32)]
    offset: _Number
    ts: Annotated[int, Meta(ge=0, le=MAX_TS)]
    key: str
    field: str
    value: str
    rule: str
    reason: str
    raw: str

    @classmethod
    def refusing(
        cls, why: Violation, *, topic: str, partition: int, offset: int, ts: int, key: bytes = b"", raw: bytes = b""
    ) -> Self:
        """Make the letter about a message that was refused because of `why`; a time that cannot be is moved.

        >>> why = Violation("ts", "-1", "must be a whole number")
        >>> Letter.refusing(why, topic="log", partition=0, offset=7, ts=1).reason
        'ts = -1 must be a whole number'
        """
        return cls(
            topic=topic,
            partition=partition,
            offset=offset,
            ts=min(max(ts, 0), MAX_TS),
            key=_text(key, MAX_KEY_BYTES),
            field=why.field,
            value=why.value,
            rule=why.rule,
            reason=str(why),
            raw=_text(raw, MAX_RAW_BYTES),
        )

    def encode(self) -> bytes:
        """Return the message for the topic `dead-letters`."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, message: bytes) -> Self:
        """Return the letter in a message of the topic.

        Raises:
            msgspec.MsgspecError: It is none.
        """
        try:
            return msgspec.json.decode(message, type=cls)
        except UnicodeDecodeError:
            raise msgspec.DecodeError("must be UTF-8") from None
        except RecursionError:
            raise msgspec.DecodeError("must not be nested this deeply") from None


def _text(raw: bytes, limit: int) -> str:
    return raw[:limit].decode("utf-8", "replace")
