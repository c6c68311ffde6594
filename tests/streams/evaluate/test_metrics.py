"""Metrics against answers counted by hand."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from streams.evaluate.exchanges import times_from_events
from streams.evaluate.intervals import bootstrap, proportion
from streams.evaluate.metrics import as_json, measure
from streams.evaluate.records import read_run, read_truth
from streams.evaluate.roc import roc, threshold_at, tpr_at
from streams.evaluate.targets import targets_of
from tests.streams.evaluate.handmade import account, campaign, events, make_run, truth, two_campaigns, write


@pytest.fixture
def metrics(tmp_path: Path):
    run, rows = two_campaigns(tmp_path)
    known = read_truth(rows)
    return measure(read_run(run), known, times_from_events(events(tmp_path), known))


def test_recall_overall_and_by_campaign(metrics) -> None:
    assert (metrics.recall.hits, metrics.recall.total) == (4, 6)
    assert {name: one.value for name, one in metrics.recall_by_campaign.items()} == {"a": 0.75, "z": 0.5}


def test_false_positives_overall_and_by_persona(metrics) -> None:
    assert (metrics.false_positive_rate.hits, metrics.false_positive_rate.total) == (1, 10)
    assert {name: one.value for name, one in metrics.false_positive_rate_by_persona.items()} == {"chat": 0, "ci-bot": 1}


def test_purity_and_completeness(metrics) -> None:
    found = {one.campaign_id: one for one in metrics.found}
    assert (found["c1"].main, found["c1"].purity, found["c1"].benign) == ("a", 0.75, 1)
    assert (found["c2"].main, found["c2"].purity) == ("z", 1.0)
    assert metrics.purity.value == pytest.approx((4 * 0.75 + 1) / 5)
    assert (metrics.actual["a"].main, metrics.actual["a"].completeness) == ("c1", 0.75)
    assert metrics.actual["z"].completeness == 0.5
    assert metrics.completeness.value == pytest.approx((4 * 0.75 + 2 * 0.5) / 6)


def test_exposure_counts_what_passed_before_the_first_alert(metrics) -> None:
    a, z = metrics.exposures["a"], metrics.exposures["z"]
    assert (a.before, a.exchanges, a.value) == (2, 8, 0.25)
    assert (z.value, z.exact) == (1.0, True)
    assert a.within_target  # fewer than 1,000 exchanges


def test_exposure_is_estimated_without_times(tmp_path: Path) -> None:
    run, rows = two_campaigns(tmp_path)
    a = measure(read_run(run), read_truth(rows), None).exposures["a"]
    assert (a.before, a.exchanges, a.exact) == (3, 8, False)


def test_tpr_at_a_low_rate_of_false_positives(metrics) -> None:
    # No benign account of ten may be flagged, the riskiest has 0.75: a0, a1 and z0 are above it.
    assert metrics.tpr_at_low_fpr.value == 0.5
    assert metrics.threshold_at_low_fpr == pytest.approx(0.75)


def test_accounts_that_only_one_side_knows(metrics, tmp_path: Path) -> None:
    assert (metrics.unseen, metrics.unlabelled) == (1, 0)
    run = make_run(tmp_path / "other", [account("a0"), account("stranger", "campaign", 1.0)], [])
    write(tmp_path / "t", [truth("a0", "a"), truth("b0")])
    other = measure(read_run(run), read_truth(tmp_path / "t"), None)
    assert (other.unseen, other.unlabelled) == (1, 1)
    assert other.recall.value == 0.0
    assert other.exposures["a"].value == 1.0


def test_a_perfect_run_meets_every_target(tmp_path: Path) -> None:
    members = [f"a{number}" for number in range(20)]
    accounts = [account(name, "campaign", 1.0, first_alert_ts=5, events=10) for name in members]
    accounts += [account(f"b{number}", events=3) for number in range(2000)]
    run = make_run(tmp_path / "run", accounts, [campaign("c", members, first_alert_ts=5, events_at_first_alert=2)])
    write(tmp_path / "t", [truth(name, "a") for name in members] + [truth(f"b{number}") for number in range(2000)])
    metrics = measure(read_run(run), read_truth(tmp_path / "t"), None)
    assert all(target.met for target in targets_of(metrics))
    assert len(targets_of(metrics)) == 7
    assert (metrics.purity.value, metrics.completeness.value, metrics.tpr_at_low_fpr.value) == (1, 1, 1)


def test_a_truth_without_campaigns_has_no_recall(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", [account("b0", "campaign", 0.9), account("b1")], [campaign("c", ["b0"])])
    write(tmp_path / "t", [truth("b0"), truth("b1")])
    metrics = measure(read_run(run), read_truth(tmp_path / "t"), None)
    assert metrics.recall.value is None
    assert metrics.false_positive_rate.value == 0.5
    assert metrics.found[0].main is None
    assert metrics.purity.value == 0
    assert next(target.what for target in targets_of(metrics) if not target.met) == "false-positive rate"


def test_a_campaign_that_is_split_counts_its_first_alert(tmp_path: Path) -> None:
    accounts = [account(name, "campaign", 0.9, events=10) for name in ("a0", "a1", "a2")]
    found = [campaign("late", ["a0", "a1"], first_alert_ts=900), campaign("early", ["a2"], first_alert_ts=100)]
    run = make_run(tmp_path / "run", accounts, found)
    write(tmp_path / "t", [truth(name, "a") for name in ("a0", "a1", "a2")])
    times = {"a": np.arange(0, 1000, 10)}
    metrics = measure(read_run(run), read_truth(tmp_path / "t"), times)
    assert metrics.actual["a"].main == "late"
    assert metrics.actual["a"].completeness == pytest.approx(2 / 3)
    assert metrics.exposures["a"].before == 10


def test_metrics_json_has_the_names_of_the_contract(metrics) -> None:
    table = msgspec.json.decode(as_json(metrics))
    assert {"recall", "false_positive_rate", "tpr_at_fpr_0.001", "purity", "completeness", "exposure"} <= set(table)
    assert table["recall"]["value"] == pytest.approx(4 / 6)


def test_wilson_intervals_match_published_values() -> None:
    one = proportion(81, 263)  # Newcombe 1998, table I
    assert (one.low, one.high) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))
    none = proportion(0, 20)
    assert (none.low, none.high) == (0.0, pytest.approx(0.1611, abs=1e-4))
    assert proportion(0, 0).value is None


def test_bootstrap_intervals_cover_the_value_and_shrink() -> None:
    rng = np.random.default_rng(0)
    few, many = (bootstrap([rng.normal(5, 1, n)], lambda x: float(x.mean())) for n in (20, 2000))
    assert few.low < few.value < few.high
    assert many.high - many.low < 0.3 * (few.high - few.low)


def test_thresholds_flag_equal_risks_together() -> None:
    benign = np.array([0.0] * 998 + [0.5, 0.5])
    assert tpr_at(np.array([0.4, 0.5, 0.6]), benign, 0.001) == pytest.approx(1 / 3)
    assert tpr_at(np.array([0.4, 0.5, 0.6]), benign, 0.002) == pytest.approx(1.0)
    assert threshold_at(benign, 1.0) == 0.0


def test_a_roc_curve_rises_to_one() -> None:
    curve = roc(np.array([0.9, 0.4]), np.array([0.5, 0.1]))
    assert curve.true_positive_rate.tolist() == [0.5, 0.5, 1.0, 1.0]
    assert curve.false_positive_rate.tolist() == [0.0, 0.5, 0.5, 1.0]
