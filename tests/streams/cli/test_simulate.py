"""`stillwatch simulate` as people call it."""

import gzip
import json
from pathlib import Path

import pytest
from backports import zstd
from click.testing import CliRunner, Result

from streams.cli.main import main


def simulate(*words: str) -> Result:
    return CliRunner().invoke(main, ["simulate", *words], env={"COLUMNS": "200"})


def test_events_truth_and_facts_are_written(tmp_path: Path) -> None:
    out, truth, facts = (tmp_path / name for name in ("a/events.ndjson", "truth.ndjson", "facts.ndjson"))
    result = simulate("demo", "--scale", "0.02", "--out", str(out), "--truth", str(truth), "--facts", str(facts))
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in out.read_text().splitlines()]
    known = {json.loads(line)["account_id"] for line in truth.read_text().splitlines()}
    assert {event["account_id"] for event in events} == known
    assert all(len(event["content"]) == 88 for event in events)
    assert sum(bool(event["templates"]) for event in events) > 0.5 * len(events)
    assert not any("messages" in event for event in events)
    assert {json.loads(line)["status"] for line in facts.read_text().splitlines()} == {"active"}
    assert f"{len(events):,}" in result.output


def test_the_suffix_decides_the_compression(tmp_path: Path) -> None:
    texts = []
    for name, read in (("e.ndjson", open), ("e.ndjson.gz", gzip.open), ("e.ndjson.zst", zstd.open)):
        path = tmp_path / name
        words = ("demo", "--scale", "0.01", "--raw", "--out", str(path), "--truth", str(tmp_path / "truth"))
        assert simulate(*words).exit_code == 0
        with read(path, "rb") as file:
            texts.append(file.read())
    assert texts[0] == texts[1] == texts[2]
    assert b'"messages"' in texts[0]


def test_the_list_names_every_scenario() -> None:
    result = simulate("--list")
    assert result.exit_code == 0
    assert "provider-day" in result.output
    assert "viral-harness" in result.output


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["nothing", "--out", "x", "--truth", "y"], "no scenario named 'nothing'"),
        (["demo"], "--out and --truth"),
        (["demo", "--out", "x", "--truth", "y", "--scale", "0"], "--scale"),
        (["demo", "--out", "x", "--truth", "y", "--seed", "-1"], "--seed"),
        (["real-prompts", "--out", "x", "--truth", "y"], "--data"),
    ],
)
def test_wrong_use_is_named(words: list[str], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = simulate(*words)
    assert result.exit_code == 2
    assert named in result.output
