"""The simulation agrees with arithmetic where that is possible."""

from dataclasses import replace

import pytest

from tests.bench.scale.costs import Costs
from tests.bench.scale.model import Plan, Simulation
from tests.bench.scale.sizing import Size, dollars_per_million

COSTS = Costs(events=10.0, links=2.0, campaigns=1.0, state_bytes=1500, changelog_bytes=700)
SIZE = Size.of(100_000, COSTS)
PLAN = Plan("plain", SIZE, COSTS)


def test_sizes_follow_from_costs() -> None:
    assert (SIZE.workers, SIZE.partitions) == (2, 4)
    assert SIZE.judging == pytest.approx(0.1)
    assert SIZE.state_gb == pytest.approx(15.0)
    assert dollars_per_million(COSTS) == pytest.approx(1.5 * 13 / 3600 * 0.04)


def test_even_traffic_is_kept_up_with() -> None:
    found = Simulation(PLAN).run()
    assert found.first == "events"
    assert sum(found.load.values()) == pytest.approx(0.75 * (1.0 + 0.2) + 0.1, abs=0.02)
    assert found.behind_seconds == 0


def test_a_stage_that_is_given_too_much_falls_behind_and_is_named() -> None:
    costs = replace(COSTS, campaigns=15.0)
    found = Simulation(replace(PLAN, costs=costs)).run()
    assert (found.first, round(found.saturates_at)) == ("campaigns", 66_667)
    assert found.longest_lag["campaigns"] > 100 > 10 > found.longest_lag["events"]


def test_less_beside_the_evidence_leaves_nobody_behind() -> None:
    costs = replace(COSTS, campaigns=8.0)
    plan = replace(PLAN, costs=costs, size=Size.of(100_000, costs))
    in_turn, found = Simulation(replace(plan, in_turn=True)).run(), Simulation(plan).run()
    assert in_turn.behind_seconds > 1_000
    assert found.behind_seconds == 0
    assert found.load["campaigns"] == in_turn.load["campaigns"]


def test_a_hot_account_loads_one_core_only() -> None:
    found = Simulation(replace(PLAN, hot_account=0.5)).run()
    assert found.load["events"] > 0.7
    assert Simulation(replace(PLAN, hot_link=0.5)).run().load["events"] == Simulation(PLAN).run().load["events"]


def test_restarts_are_caught_up_with() -> None:
    once, often = (Simulation(replace(PLAN, restarts=restarts)).run() for restarts in (1, 10))
    assert 10 < once.longest_lag["events"] <= often.longest_lag["events"]
    assert 0 < once.behind_seconds < often.behind_seconds
