"""`stillwatch doctor` as people call it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.cli.main import main


def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **environ: str) -> tuple[int, str]:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(
        main, ["doctor"], env={"STILLWATCH_DATA_DIR": str(tmp_path), "COLUMNS": "200", **environ}
    )
    return result.exit_code, result.output


@pytest.mark.embedded
def test_a_fresh_machine_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, output = run(tmp_path, monkeypatch)
    assert code == 0
    assert all(name in output for name in ("settings", "broker", "topics", "store", "clock"))


def test_wrong_settings_are_a_row_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, output = run(tmp_path, monkeypatch, STILLWATCH_PARTITION="8")
    assert code == 1
    assert "did you mean STILLWATCH_PARTITIONS?" in output


@pytest.mark.embedded
def test_what_is_broken_comes_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "store").write_text("a file where the store should be")
    code, output = run(tmp_path, monkeypatch)
    assert code == 1
    assert "move the directory away, or set STILLWATCH_DATA_DIR" in output
    broken = {"STILLWATCH_KAFKA": "127.0.0.1:1", "STILLWATCH_CLICKHOUSE": "clickhouse://127.0.0.1:1"}
    code, output = run(tmp_path, monkeypatch, **broken)
    assert code == 1
    assert "start it, or correct STILLWATCH_KAFKA (bootstrap servers)" in output
    assert "start it, or correct STILLWATCH_CLICKHOUSE" in output
    assert "Traceback" not in output


def test_secrets_are_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, output = run(
        tmp_path,
        monkeypatch,
        STILLWATCH_SKETCH_KEY="my very own secret",
        STILLWATCH_CLICKHOUSE="clickhouse://me:hunter2@127.0.0.1:1/x",
        STILLWATCH_KAFKA="127.0.0.1:1",
    )
    assert code == 1
    assert "sketch_key = ***" in output
    assert "hunter2" not in output
    assert "very own" not in output
