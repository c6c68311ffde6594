"""Strict decoding of messages from a topic: quick when a message fits, and able to say why when it does not.

A chunk is decoded by `msgspec` alone, which checks nearly every rule while it parses. Only when something
fails are its messages looked at one by one, and only a message that fails is looked at slowly, to name the
field, the value and the rule.

The slow look has the last word, because the quick one refuses two things that JSON Schema accepts: whole
numbers written as `1.0`, and a field given twice of which the first does not fit (the last one counts).
Limits that a schema does not state: a message is UTF-8, whole numbers fit 64 bits, and nesting ends where the
parser's recursion does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar, get_type_hints

import msgspec
from msgspec import inspect as types

from models.typedoc import allowed_by

INT64_MAX = 2**63 - 1
MAX_SHOWN = 80

T = TypeVar("T", bound=msgspec.Struct)


class Violation(msgspec.Struct, frozen=True):
    """Why a message was refused. Never holds text that could be a prompt.

    Attributes:
        field: Name of the field; empty when it is the message as a whole.
        value: What stood there, in at most 80 characters; empty when nothing did.
        rule: What is asked of it.

    >>> print(Violation("ts", "-1", "must be a whole number"))
    ts = -1 must be a whole number
    """

    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        subject = self.field or "the message"
        return f"{subject} = {self.value} {self.rule}" if self.value else f"{subject} {self.rule}"


class InvalidMessage(ValueError):  # noqa: N818  # the word is in the name already
    """A message does not fit; `violation` says why."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(str(violation))
        self.violation = violation


class Decoder(Generic[T]):
    """Decodes messages of one type.

    Args:
        struct: The type. Its annotations hold the rules.
        max_bytes: Size of the largest message.
        exact: Annotations for the slow look of fields whose rules are too slow for the quick one.
        fits: Checks of many decoded messages at once what `exact` says of each.

    >>> class Point(msgspec.Struct):
    ...     x: int
    >>> decoder = Decoder(Point, max_bytes=100)
    >>> decoder.decode_many([b'{"x":1}', b'{"x":"one"}'])
    ([Point(x=1)], [(1, Violation(field='x', value="'one'", rule='must be a whole number'))])
    """

    def __init__(
        self,
        struct: type[T],
        *,
        max_bytes: int,
        exact: Mapping[str, Any] | None = None,
        fits: Callable[[Sequence[T]], bool] = lambda _: True,
    ) -> None:
        self._struct = struct
        self._max_bytes = max_bytes
        self._fits = fits
        self._quick = msgspec.json.Decoder(struct)
        hints = get_type_hints(struct, include_extras=True) | dict(exact or {})
        self._kinds = {field.encode_name: hints[field.name] for field in msgspec.structs.fields(struct)}
        self._required = [field.encode_name for field in msgspec.structs.fields(struct) if field.required]
        self._rules = {name: allowed_by(types.type_info(kind)) for name, kind in self._kinds.items()}
        self._whole = {name for name, kind in self._kinds.items() if _is_whole(types.type_info(kind))}

    def decode(self, raw: bytes | None) -> T:
        """Return the message in `raw`.

        Raises:
            InvalidMessage: It does not fit.
        """
        message = self._decode_one(raw)
        if isinstance(message, Violation):
            raise InvalidMessage(message)
        return message

    def decode_many(self, raws: Sequence[bytes | None]) -> tuple[list[T], list[tuple[int, Violation]]]:
        """Return the messages that fit, in order, and for every other its position in `raws` and why."""
        present = [raw for raw in raws if raw]
        if len(present) == len(raws) and self._is_plain(present):
            try:
                messages = list(map(self._quick.decode, present))
            except (msgspec.MsgspecError, RecursionError):
                return self._decode_each(raws)
            if self._fits(messages):
                return messages, []
        return self._decode_each(raws)

    def explain(self, raw: bytes | None) -> Violation | None:
        """Return why `raw` does not fit, or None when it does."""
        message = self._decode_one(raw)
        return message if isinstance(message, Violation) else None

    def _is_plain(self, raws: Sequence[bytes]) -> bool:
        """Whether the messages, as bytes, are UTF-8 and none too long."""
        utf8 = all(map(bytes.isascii, raws)) or all(map(_is_utf8, raws))
        return utf8 and max(map(len, raws), default=0) <= self._max_bytes

    def _decode_each(self, raws: Sequence[bytes | None]) -> tuple[list[T], list[tuple[int, Violation]]]:
        messages: list[T] = []
        violations: list[tuple[int, Violation]] = []
        for position, raw in enumerate(raws):
            message = self._decode_one(raw)
            if isinstance(message, Violation):
                violations.append((position, message))
            else:
                messages.append(message)
        return messages, violations

    def _decode_one(self, raw: bytes | None) -> T | Violation:
        if not raw:
            return Violation("", "", "is empty")
        if len(raw) > self._max_bytes:
            return Violation("", f"{len(raw):,} bytes", f"must have at most {self._max_bytes:,}")
        if not _is_utf8(raw):  # msgspec does not look into fields that it skips
            return Violation("", "", "must be UTF-8")
        try:
            message = self._quick.decode(raw)
        except (msgspec.MsgspecError, RecursionError):
            return self._look_closely(raw)
        return message if self._fits([message]) else self._look_closely(raw)

    def _look_closely(self, raw: bytes) -> T | Violation:
        """Take the message apart to find what is wrong with it, or that nothing is."""
        try:
            fields = msgspec.json.decode(raw)
        except msgspec.MsgspecError as error:
            return Violation("", "", f"must be JSON: {error}")
        except RecursionError:
            return Violation("", "", "must not be nested this deeply")
        if not isinstance(fields, dict):
            return Violation("", _shown(fields), "must be a JSON object")
        for name in self._required:
            if name not in fields:
                return Violation(name, "", "is required")
        known = {name: self._whole_number(name, fields[name]) for name in self._kinds if name in fields}
        for name, value in known.items():
            try:
                msgspec.convert(value, self._kinds[name])
            except msgspec.ValidationError:
                return Violation(name, _shown(value), f"must be {self._rules[name]}")
        return msgspec.convert(known, self._struct)

    def _whole_number(self, name: str, value: object) -> object:
        is_whole = name in self._whole and isinstance(value, float) and value.is_integer()
        return int(value) if is_whole else value  # type: ignore[call-overload]


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_whole(kind: types.Type) -> bool:
    if isinstance(kind, types.Metadata):
        return _is_whole(kind.type)
    if isinstance(kind, types.UnionType):
        return any(map(_is_whole, kind.types))
    return isinstance(kind, types.IntType)


def _shown(value: object) -> str:
    """Return a short form of a JSON value that cannot be (part of) a prompt: identifiers and numbers only."""
    if isinstance(value, dict):
        return f"an object of {len(value):,} members"
    if isinstance(value, list):
        return f"an array of {len(value):,} items"
    shown = repr(value) if value is None or isinstance(value, str) else msgspec.json.encode(value).decode()
    if isinstance(value, str) and (len(shown) > MAX_SHOWN or any(map(str.isspace, value))):
        return f"text of {len(value):,} characters"
    return shown if len(shown) <= MAX_SHOWN else f"{shown[: MAX_SHOWN - 3]}..."
