"""OTLP in JSON: spans of an export, with attributes as plain values.

Source: opentelemetry-proto 1.x, JSON mapping of protobuf: 64-bit integers as text, names in lowerCamelCase.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from streams.sources.convert.exchange import at, many


class Span(NamedTuple):
    """A span.

    Attributes:
        raw: Its own fields: `traceId`, `startTimeUnixNano`, ...
        attributes: Its attributes, over those of its resource.
        events: Names and attributes of its events, in order.
    """

    raw: Mapping[str, Any]
    attributes: dict[str, Any]
    events: list[tuple[str, dict[str, Any]]]


def spans_of(export: Mapping[str, Any]) -> Iterator[Span]:
    """Yield the spans of an `ExportTraceServiceRequest`; parts that are not as they should be are passed over."""
    for resource in many(at(export, "resourceSpans")):
        common = attributes_of(at(resource, "resource.attributes"))
        for scope in many(at(resource, "scopeSpans")):
            for span in many(at(scope, "spans")):
                if isinstance(span, Mapping):
                    yield Span(span, common | attributes_of(span.get("attributes")), list(_events_of(span)))


def _events_of(span: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for event in many(span.get("events")):
        yield str(at(event, "name")), attributes_of(at(event, "attributes"))


def attributes_of(pairs: object) -> dict[str, Any]:
    """Return a list of keys and values as an object.

    >>> attributes_of([{"key": "n", "value": {"intValue": "3"}}])
    {'n': 3}
    """
    return {str(at(pair, "key")): value_of(at(pair, "value")) for pair in many(pairs) if at(pair, "key") is not None}


def value_of(value: object) -> Any:  # noqa: ANN401 - whatever stands there
    """Return an `AnyValue` as a plain one; None for one of no known kind."""
    if not isinstance(value, Mapping):
        return None
    if "arrayValue" in value:
        return [value_of(one) for one in many(at(value, "arrayValue.values"))]
    if "kvlistValue" in value:
        return attributes_of(at(value, "kvlistValue.values"))
    if "intValue" in value:
        return _whole(value["intValue"])
    return next((value[kind] for kind in ("stringValue", "doubleValue", "boolValue") if kind in value), None)


def _whole(value: object) -> object:
    try:
        return int(value) if isinstance(value, str) and len(value) < 21 else value
    except ValueError:
        return value  # refused later, by name
