"""The models as a whole: campaigns are found, people are left alone, and partitions do not matter."""

from collections.abc import Sequence

import msgspec
import pytest

from models.campaign.labels import Label
from models.event import Event
from models.pipeline import Pipeline
from models.policy import Policy
from tests.models.streams_of import DAY, Maker, in_order

POOL = [f"pool-{i}" for i in range(60)]
POLICY = Policy(population_sample=512)


def run(events: Sequence[Event], partitions: int = 1, policy: Policy = POLICY) -> tuple[Pipeline, dict[str, set[str]]]:
    """Return the pipeline after `events`, and the members of each campaign that alerted."""
    pipeline = Pipeline(policy, partitions)
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


def test_a_pool_that_was_found_in_two_places_becomes_one_campaign(crowd):
    """Its halves ask with prompts of their own, a day later with each other's, and nothing else joins them."""
    halves = [
        list(Maker(seed=seed).pool(POOL[start : start + 30], days=1, rate=40)) for seed, start in ((8, 0), (9, 30))
    ]
    later = [
        msgspec.structs.replace(one, ts=one.ts + DAY, event_id=f"late-{one.event_id}", account_id=other)
        for half, start in zip(halves, (30, 0), strict=True)
        for one, other in zip(half, [POOL[start + i % 30] for i in range(len(half))], strict=True)
    ]
    _, apart = run(in_order(crowd + halves[0] + halves[1]))
    assert sorted(apart.values(), key=min) == [set(POOL[:30]), set(POOL[30:])]
    pipeline, found = run(in_order(crowd + halves[0] + halves[1] + later))
    assert list(found.values()) == [set(POOL)]
    merged = [one for one in pipeline.campaigns.campaigns.values() if one.id in apart and one.id not in found]
    assert [one.merged_into for one in merged] == list(found)


def test_what_a_confirmed_campaign_is_most_of_follows_it_on_less_evidence(crowd):
    """Half of a pool's accounts share a registration; what all of them share would be no alert by itself."""
    maker, card = Maker(seed=10), Maker(seed=11).key()
    pool = [
        msgspec.structs.replace(one, signup=card) if one.account_id in POOL[:20] else one
        for one in maker.pool(POOL, days=2, rate=12)
    ]
    pipeline, found = run(in_order(crowd + pool), policy=Policy(population_sample=512, false_alarms_per_month=1e-7))
    assert found == {}
    watched = pipeline.campaigns.campaigns.values()
    registered = next(one for one in watched if {pipeline.names[account] for account in one.accounts} == set(POOL[:20]))
    pipeline.campaigns.learn_label(Label("campaign", registered.id, "distillation", ts=1))
    assert registered.status == "alert"
    pipeline.campaigns.review()
    assert {pipeline.names[account] for account in registered.accounts} == set(POOL)


def test_people_with_the_handshake_of_a_pool_are_not_of_it(crowd):
    """Neither while it grows nor in the end: what their network shows is what the pool does."""
    maker, hello = Maker(seed=12), Maker(seed=13).key()
    pool = [
        msgspec.structs.replace(one, tls=hello) if one.account_id in POOL[:11] else one
        for one in maker.pool(POOL, days=2, rate=26)
    ]
    neighbours = [event for i in range(13) for event in maker.person(f"neighbour-{i}", 2, median_rate=20.0, tls=hello)]
    pipeline, found = run(in_order(crowd + pool + neighbours))
    assert list(found.values()) == [set(POOL)]
    network = [one for one in pipeline.campaigns.campaigns.values() if one.status == "watch" and one.only_network]
    assert all("pool" not in pipeline.names[account] for one in network for account in one.accounts)
