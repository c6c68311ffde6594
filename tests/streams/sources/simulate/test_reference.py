"""What people read about scenarios comes from the code, and leaves no knob out."""

import re
from pathlib import Path

import pytest

from streams.sources.simulate.loading import parse_scenario, presets, shipped_scenarios
from streams.sources.simulate.reference import scenarios_page

PAGE = Path(__file__).parents[4] / "docs" / "scenarios.md"


def test_page_is_the_generated_one() -> None:
    assert PAGE.read_text() == scenarios_page(), "run `make schema`"


@pytest.mark.parametrize("name", [*shipped_scenarios(), *presets()])
def test_every_scenario_and_preset_is_listed(name: str) -> None:
    assert f"| `{name}` |" in scenarios_page()


def test_example_of_the_page_can_be_used() -> None:
    example = re.findall(r"```toml\n(.*?)```", scenarios_page(), re.DOTALL)[0]
    assert parse_scenario(example, source="docs/scenarios.md").population[0].campaign == "graders"
