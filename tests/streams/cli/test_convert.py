"""`stillwatch convert`: files of others in, files that the rest of the program takes out."""

from __future__ import annotations

import gzip
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from models.event import decode_event
from streams.cli.main import main
from tests.streams.sources.convert.logs import LITELLM, LOGS, SECRET, changed

KEY = "a key for tests, of enough bytes"


def convert(*arguments: object, key: str | None = KEY) -> Result:
    return CliRunner().invoke(main, ["convert", *map(str, arguments)], env={"STILLWATCH_SKETCH_KEY": key})


@pytest.mark.parametrize("kind", list(LOGS))
def test_files_become_events(tmp_path: Path, kind: str):
    log, out = tmp_path / "log.json.gz", tmp_path / "events.ndjson"
    log.write_bytes(gzip.compress(orjson.dumps(LOGS[kind]) + b"\n\n"))
    result = convert("--from", kind, log, "--out", out)
    assert result.exit_code == 0, result.output
    assert len(decode_event(out.read_bytes().strip()).templates) > 3
    assert SECRET not in out.read_text() + result.output


def test_what_is_refused_is_named_by_field_value_and_rule(tmp_path: Path):
    log, out, rejects = tmp_path / "log", tmp_path / "events", tmp_path / "rejects"
    bad = changed(LITELLM, "completion_tokens", -3)
    log.write_bytes(b"\n".join([orjson.dumps(bad), b'{"a', orjson.dumps(LITELLM)]))
    result = convert("--from", "litellm", log, "--out", out, "--rejects", rejects)
    assert result.exit_code == 0
    assert len(out.read_bytes().splitlines()) == 1
    first, second = (orjson.loads(line) for line in rejects.read_bytes().splitlines())
    assert (first["line"], first["field"], first["value"]) == (1, "output_tokens", "-3")
    assert first["rule"].startswith("must be a whole number, at least 0")
    assert (second["line"], second["field"]) == (2, "")
    assert SECRET not in rejects.read_text()


def test_a_missing_key_is_wrong_use_and_says_what_to_set(tmp_path: Path):
    log = tmp_path / "log"
    log.write_bytes(orjson.dumps(LITELLM))
    result = convert("--from", "litellm", log, "--out", tmp_path / "events", key=None)
    assert result.exit_code == 2
    assert "put at least 16 bytes in STILLWATCH_SKETCH_KEY" in result.stderr
    assert (tmp_path / "events").read_bytes() == b""


def test_the_wrong_kind_of_log_is_a_failure(tmp_path: Path):
    log = tmp_path / "log"
    log.write_bytes(orjson.dumps(LITELLM))
    for kind in ("otel", "bedrock"):
        result = convert("--from", kind, log, "--out", tmp_path / "events")
        assert result.exit_code == 1
        assert f"no line holds an exchange as {kind} logs it" in result.stderr


def test_an_unknown_kind_is_named_with_what_is_known():
    result = convert("--from", "openai", "-")
    assert result.exit_code == 2
    assert "'openai' is not one of 'otel', 'litellm', 'bedrock'" in result.stderr
