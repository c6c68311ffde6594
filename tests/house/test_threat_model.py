"""The threat model names a test for each attack, and the test is there."""

import re

import pytest

from tests.house.tree import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text()
ATTACKS = [row.split(" | ") for row in re.findall(r"^\| (.+) \|$", PAGE, re.MULTILINE) if not row.startswith("attack")]
# What the project was asked to withstand, each by a test of its own.
NAMED = (
    "Poison the baseline",
    "Frog boiling",
    "Flood link keys",
    "Forge templates",
    "Make one key hot",
    "Make one account hot",
    "Flood account ids",
)


@pytest.mark.parametrize("cells", ATTACKS, ids=lambda cells: cells[0][:30])
def test_each_attack_has_tests_that_exist(cells: list[str]) -> None:
    named = re.findall(r"`(tests/[\w/.]+)(?:::(\w+))?`", cells[-1])
    assert named, "name the test that shows it"
    for path, function in named:
        assert (ROOT / path).exists(), path
        assert not function or f"def {function}(" in (ROOT / path).read_text(), f"{path} has no {function}"


@pytest.mark.parametrize("attack", NAMED)
def test_attacks_by_those_who_send_events_have_a_test_of_their_own(attack: str) -> None:
    [cells] = [cells for cells in ATTACKS if cells[0].startswith(f"**{attack}")]
    assert re.search(r"`tests/[\w/.]+::\w+`", cells[-1])
