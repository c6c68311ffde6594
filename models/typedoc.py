"""What a struct's attributes mean and what its types allow, in words: for documentation and errors."""

from __future__ import annotations

import inspect
import re

from msgspec import inspect as types


def attributes_of(struct: type) -> dict[str, str]:
    """Return what the `Attributes` section of a class's docstring says, by attribute.

    >>> class Point:
    ...     '''A place.
    ...
    ...     Attributes:
    ...         x: To the right,
    ...             in metres.
    ...     '''
    >>> attributes_of(Point)
    {'x': 'To the right, in metres.'}
    """
    _, _, section = (inspect.getdoc(struct) or "").partition("Attributes:\n")
    entries = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE)
    return {name: re.sub(r"\s+", " ", text) for name, text in entries}


def allowed_by(kind: types.Type) -> str:
    """Return which values a type takes, in words that follow "must be" or "allowed:".

    `msgspec.Meta(extra={"allowed": ...})` has the last word, for what no rule can tell.

    >>> from typing import Annotated
    >>> import msgspec
    >>> allowed_by(types.type_info(Annotated[int, msgspec.Meta(ge=0, le=65_535)]))
    'a whole number, at least 0 and at most 65,535'
    """
    match kind:
        case types.Metadata(type=inner, extra=extra):
            return (extra or {}).get("allowed") or allowed_by(inner)
        case types.UnionType(types=members):
            return allowed_by(next(one for one in members if not isinstance(one, types.NoneType)))
        case types.BoolType():
            return "true or false"
        case types.LiteralType(values=values):
            return "one of " + ", ".join(map(str, values))
        case types.IntType():
            return _in_range("a whole number", kind)
        case types.FloatType():
            return _in_range("a number", kind)
        case types.StrType():
            return f"text of {_length(kind)} characters"
        case types.BytesType():
            return f"base64 of {_length(kind)} bytes"
        case types.VarTupleType():
            return f"an array of {_length(kind)} items, each {allowed_by(kind.item_type)}"
    raise TypeError(f"say what {kind} allows: annotate it with msgspec.Meta(extra={{'allowed': ...}})")


def _in_range(noun: str, kind: types.IntType | types.FloatType) -> str:
    bounds = (("at least", kind.ge), ("above", kind.gt), ("at most", kind.le), ("below", kind.lt))
    limits = " and ".join(f"{word} {bound:,}" for word, bound in bounds if bound is not None)
    return f"{noun}, {limits}" if limits else noun


def _length(kind: types.StrType | types.BytesType | types.VarTupleType) -> str:
    least, most = kind.min_length or 0, kind.max_length
    if most is None:
        return f"at least {least:,}"
    return f"{most:,}" if least == most else f"{least:,} to {most:,}"
