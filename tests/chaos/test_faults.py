"""Short forms of `make chaos`: the same faults on a small stream, against the same truth."""

import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from streams.bus.apache_kafka import missing_for_apache_kafka
from tests.chaos.broker import MortalKafka
from tests.chaos.faults import Faults, survive
from tests.chaos.run import Run
from tests.chaos.traffic import deliver, disturbed, simulated
from tests.chaos.truth import Verdicts

pytestmark = pytest.mark.kafka

SCALE, SEED, PATIENCE = 0.5, 3, 120.0
DIFFERING = 0.01  # of accounts; a small campaign is a small share of few accounts


@pytest.fixture(scope="module")
def kafka() -> Iterator[MortalKafka]:
    missing = missing_for_apache_kafka()
    if missing:
        pytest.skip(missing)
    with MortalKafka() as running:
        yield running


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[bytes, bytes]]:
    return disturbed(simulated(SCALE, SEED, tmp_path_factory.mktemp("traffic")), SEED)


@pytest.fixture
def run(kafka: MortalKafka, tmp_path: Path, unique: Callable[[str], str]) -> Iterator[Run]:
    with Run(tmp_path, kafka, prefix=f"{unique('chaos')}.", static=True) as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(
    kafka: MortalKafka, messages: list[tuple[bytes, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> Verdicts:
    with Run(tmp_path_factory.mktemp("calm"), kafka, prefix="calm.") as calm:
        survive(calm, messages, [], SEED, PATIENCE)
        assert calm.counts() == (0, 0)
        return calm.verdicts()


def check(run: Run, undisturbed: Verdicts) -> None:
    """Every event once, every alert once and at its time, the verdicts as without faults."""
    assert run.counts() == (0, 0), run.logs()
    found = run.verdicts()
    assert found.alerts
    assert found.unsound() == []
    # Two days of traffic in seconds: a partition that stands still for ten seconds is half a day behind the others, so
    # when an alert is raised differs from run to run, without faults as well; whom it is about does not.
    assert len(found.members ^ undisturbed.members) <= DIFFERING * undisturbed.accounts


def test_kills_of_workers_and_broker_and_an_outage_of_the_store_lose_and_double_nothing(
    run: Run, messages: list[tuple[bytes, bytes]], undisturbed: Verdicts
) -> None:
    faults = survive(run, messages, ["kill", "shut", "kill", "broker", "kill"], SEED, PATIENCE)
    assert (faults.kills, faults.broker_restarts, faults.sink_outages) == (3, 1, 1)
    check(run, undisturbed)


def test_one_worker_concludes_what_two_do(
    kafka: MortalKafka,
    messages: list[tuple[bytes, bytes]],
    undisturbed: Verdicts,
    tmp_path: Path,
    unique: Callable[[str], str],
) -> None:
    with Run(tmp_path, kafka, prefix=f"{unique('alone')}.", workers=1) as alone:
        survive(alone, messages, [], SEED, PATIENCE)
        check(alone, undisturbed)


def test_a_rolling_restart_with_static_membership_drains_and_commits(
    run: Run, messages: list[tuple[bytes, bytes]], undisturbed: Verdicts
) -> None:
    deliver(run.kafka.bootstrap, run.events_topic, messages)
    faults = Faults(run, SEED)
    for part, place in ((4, 0), (2, 1)):
        run.until_handled(len(messages) // part, PATIENCE)
        run.until(partial(run.fleet.is_running, place), PATIENCE, f"worker {place} is running")
        assert run.fleet.kill(place, signal.SIGTERM) == 0, run.logs()
    assert faults.kills == 0
    run.until_through(PATIENCE)
    check(run, undisturbed)
