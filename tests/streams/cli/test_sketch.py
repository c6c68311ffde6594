"""`stillwatch sketch`: raw logs in, valid events without text out."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import jsonschema
import orjson
import pytest
from backports import zstd
from click.testing import CliRunner, Result

from models.event import decode_event
from streams.cli.main import main

KEY = "a key for tests, of enough bytes"
SCHEMA = orjson.loads((Path(__file__).parents[3] / "docs" / "api_event.schema.json").read_bytes())
SECRET = "Xylophonarium"
SIGNS = {"signals": ["rubric_grading"], "capability": "reasoning", "temperature": 0.2, "turn": 2}


def raw(number: int, **fields: object) -> dict[str, object]:
    return {
        "event_id": f"e{number}",
        "ts": 1_790_000_000_000 + number,
        "account_id": f"a{number % 3}",
        "model": "m",
        "input_tokens": 9,
        "output_tokens": 3,
        "messages": [
            {"role": "system", "content": f"You grade every answer about the {SECRET} from one to five."},
            {"role": "user", "content": [{"type": "text", "text": f"答案{number} {SECRET}"}, {"type": "image"}]},
        ],
        "a_field_of_the_gateway": SECRET,
    } | fields


def ndjson(*logs: object) -> bytes:
    return b"".join(orjson.dumps(log) + b"\n" for log in logs)


def sketch(*arguments: object, stdin: bytes = b"", key: str | None = KEY) -> Result:
    return CliRunner().invoke(main, ["sketch", *map(str, arguments)], stdin, env={"STILLWATCH_SKETCH_KEY": key})


def test_its_output_is_valid_by_the_schema_and_holds_no_text(tmp_path: Path):
    log, out = tmp_path / "raw.ndjson", tmp_path / "events.ndjson"
    log.write_bytes(ndjson(*(raw(number, **SIGNS) for number in range(300))))
    result = sketch(log, "--out", out)
    assert result.exit_code == 0, result.output
    assert SECRET not in out.read_text() + result.output
    events = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    assert [event["event_id"] for event in events] == [f"e{number}" for number in range(300)]
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for line, event in zip(out.read_bytes().splitlines(), events, strict=True):
        validator.validate(event)
        assert decode_event(line).event_id == event["event_id"]
        assert "messages" not in event
        assert SIGNS.items() <= event.items()
    assert set.intersection(*(set(event["templates"]) for event in events))


def test_a_sketch_that_the_log_brings_along_is_replaced(tmp_path: Path):
    log = raw(1, templates=["0" * 16], content=base64.b64encode(bytes(64)).decode())
    assert sketch("-", "--out", tmp_path / "out", stdin=ndjson(log)).exit_code == 0
    assert sketch("-", "--out", tmp_path / "plain", stdin=ndjson(raw(1))).exit_code == 0
    assert (tmp_path / "out").read_bytes() == (tmp_path / "plain").read_bytes()


@pytest.mark.parametrize(("suffix", "compress"), [("", bytes), (".gz", gzip.compress), (".zst", zstd.compress)])
def test_files_may_be_compressed_both_ways(tmp_path: Path, suffix: str, compress):
    log, out = tmp_path / f"raw.ndjson{suffix}", tmp_path / f"events.ndjson{suffix}"
    log.write_bytes(compress(ndjson(raw(1), raw(2))))
    assert sketch(log, "--out", out).exit_code == 0
    opened = {"": bytes, ".gz": gzip.decompress, ".zst": zstd.decompress}[suffix](out.read_bytes())
    assert len(opened.splitlines()) == 2


def test_standard_input_to_standard_output_and_the_report_elsewhere(capfd: pytest.CaptureFixture[str]):
    result = sketch("-", stdin=ndjson(raw(1)))
    assert decode_event(capfd.readouterr().out.encode()).event_id == "e1"
    assert "Sketched" in result.stderr


def test_more_processes_give_the_same(tmp_path: Path):
    log = tmp_path / "raw.ndjson"
    log.write_bytes(ndjson(*map(raw, range(600))))
    one, two = tmp_path / "one", tmp_path / "two"
    assert sketch(log, "--out", one).exit_code == 0
    assert sketch(log, "--out", two, "--workers", 2).exit_code == 0
    assert one.read_bytes() == two.read_bytes()


def test_lines_that_do_not_fit_are_named_without_their_text(tmp_path: Path):
    rejects = tmp_path / "rejects.ndjson"
    lines = [
        ndjson(raw(1)),
        b'{"event_id": "e2", "ts":\n',
        ndjson(raw(3, input_tokens=-1)),
        ndjson(raw(4, messages=SECRET)),
        ndjson(raw(5, messages=[{"role": "user", "content": {"text": SECRET}}])),
        b"\n",
        ndjson({key: value for key, value in raw(6).items() if key != "messages"}),
        ndjson(raw(7)),
    ]
    result = sketch("-", "--rejects", rejects, "--out", tmp_path / "out", stdin=b"".join(lines))
    assert result.exit_code == 0
    assert len((tmp_path / "out").read_bytes().splitlines()) == 2
    refused = [orjson.loads(line) for line in rejects.read_bytes().splitlines()]
    assert [(one["line"], one["field"]) for one in refused] == [
        (2, ""), (3, "input_tokens"), (4, "messages"), (5, "messages"), (7, "messages"),
    ]  # fmt: skip
    assert (
        refused[1]["reason"]
        == "input_tokens = -1 must be a whole number, at least 0 and at most 9,223,372,036,854,775,807"
    )
    assert SECRET not in rejects.read_text() + result.output


def test_no_fitting_line_is_a_failure(tmp_path: Path):
    result = sketch("-", stdin=b"not a log\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "are these the right files?" in result.stderr


@pytest.mark.parametrize(("key", "words"), [(None, "STILLWATCH_SKETCH_KEY"), ("too short", "at least 16 bytes")])
def test_without_a_key_of_16_bytes_it_is_refused(key: str | None, words: str):
    result = sketch("-", stdin=ndjson(raw(1)), key=key)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert "too short" not in result.stderr


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path):
    result = sketch(tmp_path / "none.ndjson")
    assert result.exit_code == 2
    assert "none.ndjson does not exist" in result.stderr


def test_a_file_that_breaks_off_is_a_failure(tmp_path: Path):
    log = tmp_path / "raw.ndjson.gz"
    log.write_bytes(gzip.compress(ndjson(*map(raw, range(100))))[:-20])
    result = sketch(log, "--out", tmp_path / "events.ndjson")
    assert result.exit_code == 1
    assert "raw.ndjson.gz cannot be read" in result.stderr
