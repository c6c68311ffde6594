"""The main job on real prompts at real times, by the command line: the planted campaign, all of it and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.realdata import corpus
from tests.realdata.stream import RealStream

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.embedded,
    pytest.mark.skipif(not corpus.present(), reason="the folder ../shared/data is not beside the checkout"),
]


def lines(path: Path) -> list[dict]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


# A seed on which nothing was tuned.
def test_a_fixed_prompt_pool_is_found_among_real_prompts_and_nobody_else_is(tmp_path: Path):
    stream = RealStream(seed=20_261, people=1800, program_users=500)
    events = stream.write(tmp_path / "raw.ndjson")
    assert events >= 200_000
    out = tmp_path / "out"
    subprocess.run(
        [Path(sys.executable).with_name("stillwatch"), "detect", "--raw", tmp_path / "raw.ndjson", "--out", out],
        env=os.environ | {"STILLWATCH_SKETCH_KEY": "a key for tests, of enough bytes"},
        check=True,
        stdin=subprocess.DEVNULL,
    )
    summary = orjson.loads((out / "summary.json").read_bytes())
    assert summary["events"] + summary["duplicates"] + summary["dead_letters"] == events
    flagged = {account["account_id"] for account in lines(out / "accounts.ndjson") if account["verdict"] == "campaign"}
    assert flagged <= stream.truth.campaign
    assert len(flagged) >= 0.95 * len(stream.truth.campaign)
