"""The published schema is the struct's, and says what the contract says."""

import json
from pathlib import Path

import pytest

from models.event import Event
from models.schema import event_schema, schema_text

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "api_event.schema.json"
CONTRACT = ROOT.parent / "shared" / "contract" / "api_event.schema.json"


def test_published_file_is_the_generated_schema() -> None:
    assert PUBLISHED.read_text() == schema_text(), "run `make schema`"


@pytest.mark.skipif(not CONTRACT.exists(), reason=f"the contract is not at {CONTRACT}")
@pytest.mark.parametrize("field", [*Event.__struct_fields__])
def test_field_has_the_rules_of_the_contract(field: str) -> None:
    contract = json.loads(CONTRACT.read_text())["properties"]
    assert _rules(event_schema()["properties"][field]) == _rules(contract[field])


@pytest.mark.skipif(not CONTRACT.exists(), reason=f"the contract is not at {CONTRACT}")
def test_schema_has_the_fields_and_frame_of_the_contract() -> None:
    contract, ours = json.loads(CONTRACT.read_text()), event_schema()
    assert set(ours["properties"]) == set(contract["properties"])
    assert set(ours["required"]) == set(contract["required"])
    frame = ("$schema", "title", "type", "additionalProperties")
    assert [ours[key] for key in frame] == [contract[key] for key in frame]


def test_every_field_is_described() -> None:
    assert all(len(rules["description"]) > 3 for rules in event_schema()["properties"].values())


def _rules(fragment: dict[str, object]) -> dict[str, object]:
    """What restricts a value: descriptions do not, nor does the order of alternatives."""
    rules = {key: rule for key, rule in fragment.items() if key != "description"}
    if isinstance(rules.get("enum"), list):
        rules["enum"] = set(rules["enum"])
    return rules
