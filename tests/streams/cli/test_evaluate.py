"""`stillwatch evaluate` as people call it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli.main import main
from streams.store import migrations
from streams.store.embedded import EmbeddedStore
from tests.streams.evaluate.handmade import events, two_campaigns


def evaluate(*words: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, words)], env={"COLUMNS": "200"})


def test_table_metrics_and_report(tmp_path: Path) -> None:
    run, truth = two_campaigns(tmp_path)
    out = tmp_path / "out"
    result = evaluate("--run", run, "--truth", truth, "--events", events(tmp_path), "--out", out)
    assert result.exit_code == 0, result.output
    assert "75.0%" in result.output
    assert "ci-bot" in result.output
    assert json.loads((out / "metrics.json").read_text())["exposures"]["a"]["before"] == 2
    assert (out / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_baselines_are_in_the_table_the_metrics_and_the_report(tmp_path: Path) -> None:
    run, truth = two_campaigns(tmp_path)
    result = evaluate("--run", run, "--truth", truth, "--baselines", events(tmp_path))
    assert result.exit_code == 0, result.output
    assert "volume threshold" in result.output
    rows = json.loads((run / "metrics.json").read_text())["baselines"]["rows"]
    assert [row["name"] for row in rows][:3] == ["Stillwatch", "HalfSpaceTrees per account", "volume threshold"]
    assert "Other detectors on the same traffic" in (run / "report.html").read_text()


def test_without_a_store_exposure_is_estimated_and_says_so(tmp_path: Path) -> None:
    run, truth = two_campaigns(tmp_path)
    result = evaluate("--run", run, "--truth", truth)
    assert result.exit_code == 0
    assert "estimated" in result.output
    assert (run / "metrics.json").is_file()


@pytest.mark.embedded
def test_exchanges_are_dated_from_the_store(tmp_path: Path) -> None:
    run, truth = two_campaigns(tmp_path)
    rows = [json.loads(line) for line in events(tmp_path).read_text().splitlines()]
    with EmbeddedStore(run / "store") as store:
        client = store.client()
        migrations.apply(client)
        values = ", ".join(f"('{row['event_id']}', {row['ts']}, '{row['account_id']}', 'm', 1, 1)" for row in rows)
        columns = "event_id, ts_ms, account_id, model, input_tokens, output_tokens"
        client.command(f"INSERT INTO stillwatch.api_events ({columns}) VALUES {values}")
    result = evaluate("--run", run, "--truth", truth)
    assert result.exit_code == 0, result.output
    passed = json.loads((run / "metrics.json").read_text())["exposures"]["a"]
    assert (passed["before"], passed["exchanges"], passed["exact"]) == (2, 8, True)


@pytest.mark.parametrize("missing", ["--run", "--truth", "--events"])
def test_wrong_inputs_are_named(tmp_path: Path, missing: str) -> None:
    run, truth = two_campaigns(tmp_path)
    words = {"--run": run, "--truth": truth, "--events": events(tmp_path)} | {missing: tmp_path / "nothing"}
    result = evaluate(*[word for pair in words.items() for word in pair])
    assert result.exit_code == 2
    assert "nothing" in result.output
