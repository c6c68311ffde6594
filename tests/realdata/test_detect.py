"""The main job on real prompts at real times, by the command line: the planted campaign, all of it and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from streams.bus.broker import LocalBroker
from tests.command import rows, stillwatch
from tests.models.sketch.sharing import KEY
from tests.realdata import corpus
from tests.realdata.stream import RealStream, Truth

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.embedded,
    pytest.mark.skipif(not corpus.present(), reason="the folder ../shared/data is not beside the checkout"),
]


class Log(NamedTuple):
    """A raw log, and what is true about it."""

    file: Path
    events: int
    truth: Truth


# A seed on which nothing was tuned.
@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    stream = RealStream(seed=20_261)
    file = tmp_path_factory.mktemp("log") / "raw.ndjson"
    return Log(file, stream.write(file), stream.truth)


def check(log: Log, out: Path, **settings: str) -> None:
    assert log.events >= 200_000
    assert len(log.truth.campaign) == 300
    assert len(log.truth.personas) >= 3_000
    stillwatch("detect", "--raw", log.file, "--out", out, seconds=500, sketch_key=KEY.decode(), **settings)
    summary = orjson.loads((out / "summary.json").read_bytes())
    assert (summary["events"], summary["dead_letters"]) == (log.events, 0)
    flagged = {row["account_id"] for row in rows(out / "accounts.ndjson") if row["verdict"] == "campaign"}
    assert flagged <= log.truth.campaign
    assert len(flagged) >= 0.95 * len(log.truth.campaign)


def test_a_fixed_prompt_pool_is_found_among_real_prompts_and_nobody_else_is(log: Log, tmp_path: Path):
    check(log, tmp_path / "out")


@pytest.mark.kafka
def test_so_it_is_on_apache_kafka(log: Log, kafka_broker: LocalBroker, tmp_path: Path):
    check(log, tmp_path / "out", kafka=kafka_broker.bootstrap)
