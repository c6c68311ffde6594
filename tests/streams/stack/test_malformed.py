"""Malformed input: each piece is put aside with its reason, and the rest of the stream is unharmed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

pytestmark = pytest.mark.embedded

GOOD = {"ts": 1_790_000_000_000, "account_id": "a", "model": "m", "input_tokens": 1, "output_tokens": 1}


def good(number: int) -> bytes:
    return orjson.dumps(GOOD | {"event_id": f"e{number}", "ts": GOOD["ts"] + number})


def bad(**fields: object) -> bytes:
    return orjson.dumps(GOOD | {"event_id": "bad"} | fields)


BROKEN = {
    b'{"event_id": "cut", "ts": 1790000000': "JSON",
    bad(ts="soon"): "ts",
    bad(input_tokens=-1): "input_tokens",
    bad(account_id=""): "account_id",
    bad(event_id=""): "event_id",
    bad(temperature=1).replace(b'"temperature":1', b'"temperature":NaN'): "JSON",
    b"\xff\xfe" + good(1): "UTF-8",
    bad(model="x" * 10_000_000): "bytes",
    b"[1, 2, 3]": "object",
}


def test_every_malformed_line_is_a_dead_letter_and_every_other_counts(tmp_path: Path):
    lines = [good(number) for number in range(50)]
    for at, line in enumerate(BROKEN):
        lines.insert(5 * at, line)
    log, out = tmp_path / "log.ndjson", tmp_path / "out"
    log.write_bytes(b"\n".join(lines) + b"\n\n")
    stillwatch = Path(sys.executable).with_name("stillwatch")
    subprocess.run(
        [stillwatch, "detect", log, "--out", out], check=True, env=os.environ | {"STILLWATCH_PARTITIONS": "2"}
    )
    summary = orjson.loads((out / "summary.json").read_bytes())
    assert (summary["events"], summary["dead_letters"], summary["accounts"]) == (50, len(BROKEN), 1)
    answer = subprocess.run(
        [stillwatch, "sql", "--store", out / "store", "--format", "json", "SELECT reason, raw FROM dead_letters FINAL"],
        check=True,
        capture_output=True,
    )
    text = answer.stdout.decode()
    for word in BROKEN.values():
        assert word in text
