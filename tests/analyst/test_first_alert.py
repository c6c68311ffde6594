"""The walk of docs/first-alert.md, by SQL only, against `stillwatch up` while events flow."""

from pathlib import Path

import pytest

from tests.analyst.cookbook import connect
from tests.analyst.first_alert import walk
from tests.analyst.running import fresh_stack

pytestmark = pytest.mark.embedded


def test_from_the_alert_to_the_verdict_and_back(tmp_path: Path) -> None:
    with fresh_stack(tmp_path) as stack, connect(stack) as client:
        steps = list(walk(client))
    for step in steps:
        if step.columns:
            header, _, *rows = step.answer.splitlines()
            assert [cell.strip().replace("\\_", "_") for cell in header.strip("|").split("|")] == step.columns
            assert rows, step.sql
    verdicts = [step.answer.splitlines()[2:] for step in steps if step.columns[-2:] == ["verdict", "accounts"]]
    assert [rows[0].split("|")[-3].strip() for rows in verdicts] == ["campaign", "clear", "campaign"]
    assert [len(rows) for rows in verdicts] == [1, 1, 1]
    (changed,) = [step.answer.splitlines()[2] for step in steps if "in_table" in step.columns]
    assert changed.startswith("| cleared | cleared |"), "the pipeline itself took the label in"
