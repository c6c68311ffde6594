"""What a converter makes of a log: an API event in the making, as loosely as the log has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple


class Exchange(NamedTuple):
    """One exchange with a model, as a log tells it.

    Attributes:
        fields: Fields of the API event. Values are what the log says, right or wrong: what does not fit is refused
            later, by the event's own rules. None where it says nothing. Not yet as the contract wants them are `ip`, an
            address, `client`, a user agent, and `messages`, an array of messages or nothing.
        source: Where the log's own names are looked up, such as the one that `--account` gives.
    """

    fields: dict[str, Any]
    source: Mapping[str, Any]


Converter = Callable[[Mapping[str, Any]], Iterator[Exchange]]


def at(source: object, path: str) -> Any:  # noqa: ANN401 - whatever stands there
    """Return what stands in nested objects at a dotted path, or None where the path ends early.

    A name that itself has dots is found where it is the rest of the path.

    >>> at({"input": {"count": 3}, "user.id": "u"}, "input.count"), at({"user.id": "u"}, "user.id")
    (3, 'u')
    >>> at({"input": "text"}, "input.count") is None
    True
    """
    while isinstance(source, Mapping):
        if path in source:
            return source[path]
        name, _, path = path.partition(".")
        source = source.get(name)
    return None


def first(*values: object) -> Any:  # noqa: ANN401
    """Return the first value that is there.

    >>> first(None, "", 0, 1)
    0
    """
    return next((value for value in values if value is not None and value != ""), None)


def many(value: object) -> list[Any]:
    """Return an array as it is, and nothing of what is none."""
    return list(value) if isinstance(value, (list, tuple)) else []
