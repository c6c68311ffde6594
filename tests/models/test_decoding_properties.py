"""For messages near the border of the contract, decoding and the published schema give the same verdict.

Three rules are stricter than a JSON Schema can say, so the generated messages stay inside them;
`test_decoding.py` has their cases: integers fit 64 bits, content is base64, and a message has at most 64 KiB.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.validators import extend

from models.decoding import INT64_MAX
from models.event import decode_event, decode_events, encode_event, explain
from models.schema import event_schema

SCHEMA = event_schema()


def _whole_text(_: object, pattern: str, text: object, __: object) -> Iterator[jsonschema.ValidationError]:
    # Python's `$` matches before a last newline; that of a JSON Schema (ECMA 262) does not.
    if isinstance(text, str) and not re.fullmatch(pattern, text.replace("\n", "\0")):
        yield jsonschema.ValidationError("does not match")


VALIDATOR = extend(jsonschema.Draft202012Validator, {"pattern": _whole_text})(SCHEMA)

whole = st.integers(-INT64_MAX, INT64_MAX) | st.sampled_from([0, 1, INT64_MAX])
anything = st.one_of(
    st.none(),
    st.booleans(),
    whole,
    whole.map(lambda number: float(number % 2**50)),  # a whole number for JSON Schema
    st.floats(-(2.0**62), 2.0**62),
    st.text(max_size=20),
    st.just({}),
    st.lists(st.integers(0, 3) | st.text(max_size=3), max_size=3),
)


def near(rules: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values at and just beyond the rules of one field."""
    if "enum" in rules:
        return st.sampled_from([*rules["enum"], "", "VPN"])
    if "pattern" in rules:
        return st.text("09afAg\n", min_size=15, max_size=17) | st.sampled_from(["09af" * 4, "0" * 16 + "\n"])
    match rules["type"]:
        case "string" if rules["minLength"] == 88:
            return st.sampled_from([b64encode(b"\xff" * size).decode() for size in (0, 63, 64, 67)])
        case "string":
            sizes = (0, 1, rules["maxLength"], rules["maxLength"] + 1)
            return st.sampled_from([letter * size for letter in ("a", "é", "\U0001d518", "\0") for size in sizes])
        case "array":
            sizes = st.sampled_from([0, 1, rules["maxItems"], rules["maxItems"] + 1])
            alike = st.builds(lambda item, size: [item] * size, near(rules["items"]), sizes)
            return alike | st.lists(near(rules["items"]) | anything, max_size=2)
        case "integer" | "number":
            edges = [rules.get("minimum", 0), rules.get("maximum", 10)]
            close = st.sampled_from([edge + step for edge in edges for step in (-1, 0, 1, 0.5)])
            return close | close.map(float)
    return st.booleans()


FIELDS = {name: near(rules) for name, rules in SCHEMA["properties"].items()}
REQUIRED = {name: "id" if SCHEMA["properties"][name]["type"] == "string" else 1 for name in SCHEMA["required"]}


def messages() -> st.SearchStrategy[dict[str, Any]]:
    """Objects with the required fields, some others near their rules, and at times one lacking or absurd."""
    names = st.lists(st.sampled_from([*FIELDS]), max_size=3, unique=True)
    close = names.flatmap(lambda chosen: st.fixed_dictionaries({name: FIELDS[name] for name in chosen}))
    absurd = st.dictionaries(st.sampled_from([*FIELDS, "unknown"]), anything, max_size=1)
    lacking = st.sets(st.sampled_from([*REQUIRED]), max_size=1)
    return st.builds(
        lambda lacks, near, odd: {name: REQUIRED[name] for name in REQUIRED if name not in lacks} | near | odd,
        st.just(set()) | lacking,
        close,
        st.just({}) | absurd,
    )


@settings(max_examples=500)
@given(messages(), st.booleans())
def test_verdict_is_that_of_the_schema(fields: dict[str, Any], ascii_only: bool) -> None:
    raw = json.dumps(fields, ensure_ascii=ascii_only).encode()
    violation = explain(raw)
    wrong = {error.path[0] if error.path else "" for error in VALIDATOR.iter_errors(fields)}
    assert (violation is None) == (not wrong), (violation, wrong)
    if violation is not None:
        absent = violation.field not in fields
        assert violation.field in wrong or absent
    else:
        assert decode_event(encode_event(decode_event(raw))) == decode_event(raw)


@given(st.lists(messages(), max_size=4))
def test_a_chunk_is_its_messages(chunk: list[dict[str, Any]]) -> None:
    raws = [json.dumps(fields).encode() for fields in chunk]
    events, refused = decode_events(raws)
    assert refused == [(n, violation) for n, raw in enumerate(raws) if (violation := explain(raw)) is not None]
    assert events == [decode_event(raw) for raw in raws if explain(raw) is None]


@given(messages(), st.integers(0, 2_000), st.binary(max_size=3), st.integers(0, 3))
def test_damaged_bytes_are_refused_or_read_but_never_crash(
    fields: dict[str, Any], at: int, put: bytes, cut: int
) -> None:
    raw = json.dumps(fields).encode()
    damaged = raw[:at] + put + raw[at + cut :]
    events, refused = decode_events([damaged])
    assert len(events) + len(refused) == 1
    assert explain(damaged) == (refused[0][1] if refused else None)
