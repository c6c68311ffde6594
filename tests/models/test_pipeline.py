"""The models as a whole: campaigns are found, people are left alone, and partitions do not matter."""

from collections.abc import Sequence

import pytest

from models.event import Event
from models.pipeline import Pipeline
from models.policy import Policy
from tests.models.streams_of import Maker, in_order

POOL = [f"pool-{i}" for i in range(60)]
POLICY = Policy(population_sample=512)


def run(events: Sequence[Event], partitions: int = 1) -> tuple[Pipeline, dict[str, set[str]]]:
    """Return the pipeline after `events`, and the members of each campaign that alerted."""
    pipeline = Pipeline(POLICY, partitions)
    for start in range(0, len(events), 500):
        pipeline.process(events[start : start + 500])
    pipeline.campaigns.review()
    return pipeline, {
        campaign.id: {pipeline.names[account] for account in campaign.members["owner"]["account"].tolist()}
        for campaign in pipeline.campaigns.campaigns.values()
        if campaign.status == "alert"
    }


@pytest.fixture(scope="module")
def crowd() -> list[Event]:
    return Maker(seed=1).crowd(400, days=2)


@pytest.fixture(scope="module")
def campaign() -> list[Event]:
    return list(Maker(seed=2).pool(POOL, days=2, rate=26))


@pytest.mark.parametrize("partitions", [1, 4])
def test_a_fixed_prompt_pool_is_one_campaign_whatever_the_partitions(crowd, campaign, partitions):
    _, found = run(in_order(crowd + campaign), partitions)
    assert list(found.values()) == [set(POOL)]


def test_a_crowd_alone_raises_no_alert(crowd):
    _, found = run(in_order(crowd))
    assert found == {}


def test_people_who_share_a_program_are_no_campaign(crowd):
    maker = Maker(seed=3)
    program = maker.keys(8)
    users = [event for i in range(100) for event in maker.person(f"user-{i}", 2, templates=program + maker.keys(4))]
    pipeline, found = run(in_order(crowd + users))
    assert found == {}
    assert pipeline.campaigns.campaigns, "the program's users must have been looked at, or this proves nothing"


def test_accounts_with_a_permit_are_no_campaign(crowd, campaign):
    from models.facts import AccountFacts

    events = in_order(crowd + campaign)
    pipeline = Pipeline(POLICY)
    for account in POOL:
        pipeline.accounts[0].learn_facts(AccountFacts(account_id=account, ts=0, permits=("synthetic_data",)))
    alerts = [alert for start in range(0, len(events), 500) for alert in pipeline.process(events[start : start + 500])]
    assert alerts == []


def test_accounts_whose_owners_were_verified_are_not_judged(crowd, campaign):
    from models.facts import AccountFacts

    events = in_order(crowd + campaign)
    pipeline = Pipeline(POLICY)
    for account in POOL[: 2 * len(POOL) // 3]:
        pipeline.accounts[0].learn_facts(AccountFacts(account_id=account, ts=0, verified=True))
    alerts = [alert for start in range(0, len(events), 500) for alert in pipeline.process(events[start : start + 500])]
    assert alerts == []


def test_a_replay_changes_nothing(crowd, campaign):
    events = in_order(crowd + campaign)
    pipeline, found = run(events)
    shard = pipeline.accounts[0]
    before = shard.bank.rows[: len(shard.bank)].copy()
    outcome = shard.process(events[-500:])
    assert not outcome.fresh.any()
    assert (shard.bank.rows[: len(shard.bank)] == before).all()
    assert list(found.values()) == [set(POOL)]


def test_the_alert_says_why(crowd, campaign):
    pipeline, _ = run(in_order(crowd + campaign))
    (alerted,) = [one for one in pipeline.campaigns.campaigns.values() if one.status == "alert"]
    opinion = alerted.opinion
    assert opinion.wealth >= opinion.threshold
    assert sum(wealth >= POLICY.min_kind_evidence for wealth in opinion.kinds.values()) >= 2
    titles = {finding.title for finding in opinion.findings if finding.measurement.p < 0.01}
    assert {"Even load", "Single-turn use"} <= titles
    assert all(finding.measurement.words for finding in opinion.findings)
