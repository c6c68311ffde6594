"""Results are there when they are whole, and what was there before stays."""

from contextlib import suppress
from pathlib import Path

import pytest

from streams.stack.unfinished import UnfinishedError, unfinished


def write(draft: Path) -> None:
    (draft / "store").mkdir()
    (draft / "store" / "part").write_text("new")
    (draft / "summary.json").write_text("new")


def fail(out: Path) -> None:
    with suppress(KeyboardInterrupt), unfinished(out) as draft:
        write(draft)
        raise KeyboardInterrupt


def test_everything_moves_at_the_end(tmp_path: Path):
    out = tmp_path / "deep" / "out"
    with unfinished(out) as draft:
        write(draft)
        assert [file.name for file in out.iterdir()] == [draft.name]
    assert sorted(file.name for file in out.iterdir()) == ["store", "summary.json"]
    assert (out / "store" / "part").read_text() == "new"


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path: Path):
    (tmp_path / "summary.json").write_text("mine")
    fail(tmp_path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("summary.json", "mine")]
    fail(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_a_killed_run_left_is_removed(tmp_path: Path):
    left = tmp_path / ".unfinished" / "store"
    left.mkdir(parents=True)
    (left.parent / "accounts.ndjson").write_text("half")
    with unfinished(tmp_path) as draft:
        assert list(draft.iterdir()) == []


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(UnfinishedError, match=r"--out .*file/out cannot be made: Not a directory"):
        unfinished(tmp_path / "file" / "out").__enter__()


def test_only_one_at_a_time(tmp_path: Path):
    with unfinished(tmp_path), pytest.raises(UnfinishedError, match="is being written by another run"):
        unfinished(tmp_path).__enter__()
    with unfinished(tmp_path):
        pass
