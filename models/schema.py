"""The published JSON Schema of the API event, generated from the struct that validates it.

msgspec describes a struct in its own way: a reference into `$defs`, defaults, 64-bit limits. Here that
becomes the contract's normal form: one flat object with only what restricts a message, and a description of
each field.

`python -m models.schema` prints it; `make schema` writes it to `docs/api_event.schema.json`.
"""

from __future__ import annotations

import sys
from typing import Any

import msgspec

from models.decoding import INT64_MAX
from models.event import Event
from models.typedoc import attributes_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def event_schema() -> dict[str, Any]:
    """Return the JSON Schema of `Event`.

    >>> event_schema()["properties"]["refused"]
    {'type': 'boolean', 'description': 'The model or a safety layer declined.'}
    """
    raw = msgspec.json.schema(Event)["$defs"]["Event"]
    meanings = attributes_of(Event)
    return {
        "$schema": DIALECT,
        "title": "API event, version 1",
        "description": "One exchange with the model API. Unknown fields are ignored.",
        "type": "object",
        "required": raw["required"],
        "properties": {
            name: _normal(rules) | {"description": meanings[name]} for name, rules in raw["properties"].items()
        },
        "additionalProperties": True,
    }


def _normal(rules: dict[str, Any]) -> dict[str, Any]:
    """Keep the rules that restrict, in their shortest form."""
    kept = {name: rule for name, rule in rules.items() if name not in ("default", "contentEncoding")}
    if kept.get("maximum") == INT64_MAX:  # every integer has this limit, so it is stated once, in `models.decoding`
        del kept["maximum"]
    if "pattern" in kept:  # it fixes the length
        del kept["minLength"], kept["maxLength"]
    if "items" in kept:
        kept["items"] = _normal(kept["items"])
    return kept


def schema_text() -> str:
    """Return the schema as it is published: indented JSON."""
    return msgspec.json.format(msgspec.json.encode(event_schema()), indent=2).decode() + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
