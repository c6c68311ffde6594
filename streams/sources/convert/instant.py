"""Times as logs write them, in milliseconds since 1970 UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def milliseconds(value: object) -> object:
    """Return milliseconds of ISO 8601 or of seconds; what is neither as it is, so that it is refused by name.

    >>> milliseconds("2026-01-01T00:00:00.250Z"), milliseconds(1.5), milliseconds("soon")
    (1767225600250, 1500, 'soon')
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        return round(1000 * moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())
    return _rounded(value, 1000)


def from_nanoseconds(value: object) -> object:
    """Return milliseconds of nanoseconds, which protobuf's JSON writes as text; what is neither as it is.

    >>> from_nanoseconds("1544712660300000000")
    1544712660300
    """
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    return value // 1_000_000 if isinstance(value, int) and not isinstance(value, bool) else value


def between(start: object, end: object) -> float | None:
    """Return how long something took where both times are known and in order."""
    known = isinstance(start, (int, float)) and isinstance(end, (int, float))
    return float(end - start) if known and end >= start else None  # type: ignore[operator]


def _rounded(value: object, factor: int) -> object:
    try:
        return round(factor * value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
    except (OverflowError, ValueError):  # infinity, not a number
        return value
