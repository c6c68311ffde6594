"""Below this, verdicts must never fall: a small provider day, nobody flagged among look-alikes, partitions alike.

Whole scenarios at the scales that the figures of docs/quality.md are of take minutes: `make quality`.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from streams.evaluate.metrics import Metrics, measure
from streams.evaluate.records import Run, TruthRow
from tests.quality.plan import Plan
from tests.quality.rehearsal import Accounts, as_run, conclude
from tests.quality.stream import Stream

# Seeds on which nothing was tuned.
POOLS, LOOK_ALIKES = Plan("demo", 0.4, 61), Plan("look-alikes", 0.06, 61)
PARTITIONS = (1, 4, 16)


class Measured(NamedTuple):
    """Truth, and what was concluded for each number of partitions."""

    truth: dict[str, TruthRow]
    runs: dict[int, Run]
    metrics: dict[int, Metrics]


@pytest.fixture(scope="module")
def measured() -> Measured:
    stream = Stream(POOLS)
    slices, runs, metrics = list(stream.slices()), {}, {}
    truth = stream.truth()
    for partitions in PARTITIONS:
        accounts = Accounts(stream.facts, partitions)
        runs[partitions] = as_run(conclude(accounts.steps(slices), partitions), accounts.counts)
        metrics[partitions] = measure(runs[partitions], truth, accounts.times(truth))
    return Measured(truth, runs, metrics)


@pytest.mark.parametrize("partitions", PARTITIONS)
def test_a_pool_is_found_whole_early_and_nobody_else(measured: Measured, partitions: int) -> None:
    metrics = measured.metrics[partitions]
    assert metrics.recall.value >= 0.95
    assert metrics.false_positive_rate.hits == 0
    assert metrics.completeness.value >= 0.95
    assert metrics.purity.value >= 0.99
    assert all(one.within_target for one in metrics.exposures.values())


@pytest.mark.parametrize("partitions", PARTITIONS[1:])
def test_verdicts_do_not_depend_on_partitions(measured: Measured, partitions: int) -> None:
    one, many = measured.runs[1], measured.runs[partitions]
    differ = [name for name in measured.truth if one.accounts[name].verdict != many.accounts[name].verdict]
    assert len(differ) <= 0.001 * len(measured.truth) + 1, differ  # who used a prompt once is told of, or waits
    assert not [name for name in differ if "campaign" in (one.accounts[name].verdict, many.accounts[name].verdict)]


def test_look_alikes_raise_no_alert() -> None:
    stream = Stream(LOOK_ALIKES)
    accounts = Accounts(stream.facts)
    model = conclude(accounts.steps(stream.slices()))
    assert model.campaigns, "look-alikes must have been looked at, or this proves nothing"
    assert not [one.id for one in model.campaigns.values() if one.status == "alert"]
