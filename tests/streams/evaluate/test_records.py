"""Wrong inputs are named: the file, the line, what is wrong."""

from pathlib import Path

import pytest

from streams.evaluate.records import EvaluationError, read_run, read_truth
from tests.streams.evaluate.handmade import account, make_run, truth, write


def test_a_run_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no such folder"):
        read_run(tmp_path / "nothing")


@pytest.mark.parametrize("name", ["accounts.ndjson", "campaigns.ndjson", "alerts.ndjson"])
def test_a_missing_file(tmp_path: Path, name: str) -> None:
    run = make_run(tmp_path / "run", [account("a")], [])
    (run / name).unlink()
    with pytest.raises(EvaluationError, match=name):
        read_run(run)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('{"account_id": "a"', "line 2"),
        ('{"account_id": "a", "verdict": "clear"}', "risk"),
        ('{"account_id": "a", "verdict": "maybe", "risk": 0}', "verdict"),
        ('{"account_id": "a", "verdict": "clear", "risk": 2}', "risk"),
        ('{"account_id": "x", "verdict": "clear", "risk": 0}', "second time"),
    ],
)
def test_a_wrong_line(tmp_path: Path, line: str, named: str) -> None:
    run = make_run(tmp_path / "run", [account("x")], [])
    with (run / "accounts.ndjson").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(EvaluationError, match=named):
        read_run(run)


def test_a_summary_that_is_no_object(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", [], [])
    (run / "summary.json").write_text("[]")
    with pytest.raises(EvaluationError, match=r"summary\.json"):
        read_run(run)


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([], "no account"),
        ([truth("a") | {"campaign": "c"}], "do not go together"),
        ([truth("a", "c") | {"campaign": None}], "do not go together"),
        ([truth("a"), truth("a")], "line 2"),
        ([truth("a") | {"label": "good"}], "label"),
    ],
)
def test_a_wrong_truth(tmp_path: Path, rows: list[dict[str, object]], named: str) -> None:
    write(tmp_path / "truth", rows)
    with pytest.raises(EvaluationError, match=named):
        read_truth(tmp_path / "truth")
