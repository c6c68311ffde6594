"""Stopped or killed, the command leaves no process, no temporary file and no half of a result; the next run works."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import orjson
import pytest

from tests.command import Started, ask, rows, started, stillwatch
from tests.streams.bus.waiting import until

pytestmark = [
    pytest.mark.embedded,
    pytest.mark.skipif(sys.platform != "linux", reason="finds the processes of a command in /proc"),
]

SETTINGS = {"partitions": "2"}
EVENT = {"account_id": "a", "model": "m", "input_tokens": 1, "output_tokens": 1}
INSERT = "INSERT INTO labels (entity_type, entity_id, verdict, analyst, note) VALUES ('link', 'x', 'benign', 'k', '')"
RESULTS = ["accounts.ndjson", "alerts.ndjson", "campaigns.ndjson", "store", "summary.json"]


def event(number: int) -> bytes:
    return orjson.dumps(EVENT | {"event_id": f"e{number}", "ts": 1_790_000_000_000 + number}) + b"\n"


@pytest.fixture
def events(tmp_path: Path) -> Path:
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"".join(map(event, range(20))))
    return file


def gone(command: Started, folder: Path) -> None:
    """Everything that the command was is gone, and nothing but what it said is there."""
    until(lambda: not command.processes(), "no process of the command is left")
    assert list((folder / "tmp").iterdir()) == []


def works(events: Path, out: Path) -> None:
    """A run on `out` does, and leaves the results there and nothing else."""
    stillwatch("detect", events, "--out", out, **SETTINGS)
    assert sorted(file.name for file in out.iterdir()) == RESULTS
    assert [row["events"] for row in rows(out / "accounts.ndjson")] == [20]


@pytest.mark.parametrize("stage", ["Starting the stack: 0 %", "Replaying events: 0 %"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_detect_stopped(events: Path, tmp_path: Path, number: signal.Signals, stage: str):
    out = tmp_path / "out"
    # Its input never ends, so it is at work until it is stopped.
    with started(tmp_path / "run", "detect", "-", "--out", out, **SETTINGS) as command:
        command.process.stdin.write(event(0))
        command.process.stdin.flush()
        command.wait_for(stage)
        command.process.send_signal(number)
        code = command.ends()
        gone(command, tmp_path / "run")
        if number is signal.SIGKILL:
            assert [file.name for file in out.glob("*")] in ([], [".unfinished"])
        else:
            assert code == 128 + number
            assert command.said.endswith(f"stopped by {number.name}; what was begun is removed\n")
            assert "Traceback" not in command.said
            assert not out.exists()
    if out.exists():
        works(events, out)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_up_stopped_and_started_again(tmp_path: Path, number: signal.Signals):
    data = tmp_path / "data"
    settings = SETTINGS | {"data_dir": str(data), "http_port": "0"}
    with started(tmp_path / "run", "up", **settings) as command:
        url = command.wait_for("ClickHouse").split()[-1]
        stillwatch("sql", "--store", url, INSERT)
        assert len(command.processes()) == 3  # itself, the guard and the broker
        command.process.send_signal(number)
        assert command.ends() == (-signal.SIGKILL if number is signal.SIGKILL else 0)
        gone(command, tmp_path / "run")
        assert "Traceback" not in command.said
    if number is signal.SIGKILL:
        with started(tmp_path / "again", "up", **settings) as command:
            command.wait_for("ClickHouse")
            command.process.send_signal(signal.SIGTERM)
            assert command.ends() == 0
    assert [file.name for file in data.iterdir()] == ["store"]
    assert [row["entity_id"] for row in ask(data / "store", "SELECT entity_id FROM labels")] == ["x"]


def test_two_side_by_side_do_not_disturb_each_other(tmp_path: Path):
    with (
        started(tmp_path / "one", "detect", "-", "--out", tmp_path / "out-one", **SETTINGS) as one,
        started(tmp_path / "two", "detect", "-", "--out", tmp_path / "out-two", **SETTINGS) as two,
    ):
        commands: list[Started] = [one, two]
        for command in commands:
            command.wait_for("Replaying events: 0 %")
        # Each with a guard, a broker and what reads the files.
        until(lambda: len(one.processes() | two.processes()) == 8, "both have their processes")
        for command, numbers in zip(commands, (range(20), range(100, 150)), strict=True):
            command.process.stdin.write(b"".join(map(event, numbers)))
            command.process.stdin.close()
        assert [command.ends(120) for command in commands] == [0, 0], one.said + two.said
    for name, count in (("one", 20), ("two", 50)):
        assert [row["events"] for row in rows(tmp_path / f"out-{name}" / "accounts.ndjson")] == [count]


def test_one_directory_is_for_one_run(events: Path, tmp_path: Path):
    out = tmp_path / "out"
    with started(tmp_path / "run", "detect", "-", "--out", out, **SETTINGS) as command:
        command.wait_for("Replaying events: 0 %")
        refused = stillwatch("detect", events, "--out", out, check=False, **SETTINGS)
        assert refused.returncode == 2
        assert f"--out {out} is being written by another run" in refused.stderr
        command.process.stdin.write(event(0))
        command.process.stdin.close()
        assert command.ends() == 0, command.said
    assert sorted(file.name for file in out.iterdir()) == RESULTS
