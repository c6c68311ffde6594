"""Baselines see what they are for, and the comparison counts as it says."""

import json
from base64 import b64encode
from pathlib import Path

import numpy as np
import pytest

from streams.evaluate.baselines.comparison import BASELINES, compare
from streams.evaluate.baselines.mmd import AccountWindows
from streams.evaluate.baselines.repetition import Repetition
from streams.evaluate.baselines.volume import Volume
from streams.evaluate.records import AccountRow, EvaluationError, Run, TruthRow
from streams.evaluate.traffic import Traffic, sample_of, traffic_of

DAY = 86_400_000
BENIGN, POOL = 60, 12


def truth() -> dict[str, TruthRow]:
    rows = [TruthRow(account_id=f"b{n}", label="benign") for n in range(BENIGN)]
    rows += [TruthRow(account_id=f"c{n}", label="campaign", campaign="c") for n in range(POOL)]
    return {row.account_id: row for row in rows}


def write_events(path: Path) -> Path:
    """Benign accounts ask about everything with keys of their own; the pool asks alike, three times as often."""
    rng = np.random.default_rng(3)
    topic, lines = rng.normal(size=64), []
    for account in truth():
        pool = account.startswith("c")
        for number in range(30 if pool else 10):
            vector = rng.normal(size=64) + (3 * topic if pool else 0)
            content = np.clip(20 * vector, -127, 127).astype(np.int8).tobytes()
            lines.append(
                {
                    "event_id": f"{account}-{number}",
                    "ts": DAY + number * 60_000,
                    "account_id": account,
                    "input_tokens": 10,
                    "output_tokens": 10,
                    "templates": ["00000000000000aa" if pool else rng.bytes(8).hex()],
                    "content": b64encode(content).decode(),
                }
            )
    lines.append(lines[0])  # delivered twice
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    return traffic_of(write_events(tmp_path_factory.mktemp("events") / "events.ndjson"), sample_of(truth()))


def benign(traffic: Traffic) -> np.ndarray:
    return np.array([account.startswith("b") for account in traffic.accounts])


@pytest.mark.parametrize("baseline", [Volume(), Repetition(), AccountWindows()], ids=lambda one: one.name)
def test_a_blatant_pool_is_above_everybody(baseline, traffic):
    scores = baseline.scores(traffic, benign(traffic))
    assert scores[~benign(traffic)].min() > scores[benign(traffic)].max()


@pytest.mark.parametrize("baseline", BASELINES, ids=lambda one: one.name)
def test_scores_are_finite_and_one_per_account(baseline, traffic):
    scores = baseline.scores(traffic, benign(traffic))
    assert scores.shape == (BENIGN + POOL,)
    assert np.isfinite(scores).all()


def test_an_exchange_counts_once_and_unsampled_accounts_not_at_all(traffic, tmp_path):
    assert len(traffic.ts) == BENIGN * 10 + POOL * 30
    few = traffic_of(write_events(tmp_path / "events.ndjson"), ["b3"])
    assert few.events.tolist() == [10]


def test_the_comparison_holds_all_to_the_same_rate(traffic):
    rows = {
        name: AccountRow(account_id=name, risk=0.9, verdict="campaign" if name in ("c0", "c1", "b0") else "clear")
        for name in truth()
    }
    compared = compare(Run(rows, [], [], {}, None), truth(), traffic)
    assert compared is not None
    assert compared.same_rate == pytest.approx(1 / BENIGN)
    own = compared.rows[0]
    assert (own.name, own.tpr_at_same_rate) == ("Stillwatch", pytest.approx(2 / POOL))
    assert {one.name: one.tpr_at_low_rate for one in compared.rows}["volume threshold"] == 1.0


def test_without_campaign_accounts_there_is_nothing_to_compare(traffic):
    quiet = {name: TruthRow(account_id=name, label="benign") for name in truth()}
    assert compare(Run({}, [], [], {}, None), quiet, traffic) is None


def test_a_line_that_is_no_event_is_named(tmp_path):
    (tmp_path / "events.ndjson").write_text("{}\n")
    with pytest.raises(EvaluationError, match=r"--baselines .*event_id"):
        traffic_of(tmp_path / "events.ndjson", ["a"])
