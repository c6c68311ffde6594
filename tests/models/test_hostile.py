"""Attackers who know how it works: poisoned baselines, floods of link keys, framed strangers, a key made hot."""

import time

import numpy as np

from models.account.row import ACCOUNT
from models.account.shard import AccountShard
from models.link.shard import LinkShard
from models.links import LinkKind
from models.pipeline import Pipeline
from models.policy import Policy
from models.population import Population
from models.sighting import OWNER, SIGHTING
from tests.models.streams_of import DAY, START, Maker


def pool(maker: Maker, accounts: int, prompt: list[str], days: int = 2, rate: int = 40):
    """Accounts of one operator: one fixed prompt, one-shot, round the clock."""
    centre = maker.rng.normal(size=64)
    for n in range(accounts):
        for at in np.sort(maker.rng.integers(0, days * DAY, rate * days)):
            yield maker.event(
                f"pool{n}", START + at, org_id=f"pool-org{n}", templates=[*prompt, *maker.keys(2)],
                content=maker.content(centre, 0.2), signals=["rubric_grading"], payment=f"card{n // 8}",
            )  # fmt: skip


def crowd(maker: Maker, people: int, days: int = 2):
    for n in range(people):
        yield from maker.person(f"person{n}", days, org_id=f"org{n}", payment=f"own{n}")


def members_of(pipeline: Pipeline) -> set[str]:
    alerted = [one for one in pipeline.campaigns.campaigns.values() if one.first_alert_ts is not None]
    return {pipeline.names[account] for one in alerted for account in one.accounts}


def run(events, policy: Policy | None = None) -> Pipeline:
    pipeline, events = Pipeline(policy or Policy()), sorted(events, key=lambda event: event.ts)
    for at in range(0, len(events), 500):
        pipeline.process(events[at : at + 500])
    return pipeline


def test_a_baseline_cannot_be_flooded_with_chosen_accounts():
    """The reference is drawn by hash: whoever adds accounts is in it by their share of all accounts, and no more."""
    population, rng = Population(capacity=512), np.random.default_rng(1)
    honest, hostile = np.zeros(5000, OWNER), np.zeros(1000, OWNER)
    for rows in (honest, hostile):
        rows["account"] = rng.integers(1, 2**63, len(rows))
        rows["events"] = 10
    hostile["signals"] = 10
    for at in range(0, 1000, 10):  # reported ten times as often
        for _ in range(10):
            population.learn(hostile[at : at + 10])
        population.learn(honest[at * 5 : at * 5 + 50])
    share = (population.reference(set()).owners["signals"] > 0).mean()
    assert abs(share - 1 / 6) < 0.06


def test_a_stranger_whose_prompt_is_copied_is_not_drawn_in():
    maker = Maker(3)
    prompt = maker.keys(6)
    victim = [
        maker.event("victim", START + n * 3_600_000, org_id="victim", session_id=f"v{n}", templates=maker.keys(6))
        for n in range(40)
    ]
    # The victim's own prompt, which the pool copies: used now and then beside other work.
    victim += [
        maker.event("victim", START + n * 9_000_000 + 7, org_id="victim", session_id=f"w{n}", templates=prompt)
        for n in range(6)
    ]
    found = members_of(run([*crowd(maker, 250), *pool(maker, 60, prompt), *victim]))
    assert len([name for name in found if name.startswith("pool")]) >= 55, "the campaign is found all the same"
    assert "victim" not in found


def test_a_campaign_that_ramps_slowly_is_found_all_the_same():
    """From a request in four days an account, twice as many every four days: the baseline does not move along."""
    maker, days = Maker(6), 20
    prompt, centre = maker.keys(6), maker.rng.normal(size=64)
    ramp = [
        maker.event(
            f"pool{n}", START + DAY * 4 * np.log2(1 + maker.rng.random() * 31), org_id=f"pool-org{n}",
            templates=[*prompt, *maker.keys(2)], content=maker.content(centre, 0.2), signals=["rubric_grading"],
            payment=f"card{n // 8}",
        )
        for n in range(60)
        for _ in range(40)
    ]  # fmt: skip
    found = members_of(run([*crowd(maker, 150, days), *ramp]))
    assert len([name for name in found if name.startswith("pool")]) >= 55
    assert not [name for name in found if name.startswith("person")]


def test_a_flood_of_link_keys_stays_in_bounds():
    maker, shard = Maker(4), AccountShard(remembered=1 << 14)
    told = 0
    for part in range(40):
        events = [
            maker.event(f"a{n % 5}", START + 1000 * (part * 500 + n), templates=maker.keys(24)) for n in range(500)
        ]
        told += len(shard.process(events).sightings)
    assert len(shard.keys.young) <= shard.keys.capacity == 1 << 15
    assert told < 0.01 * 40 * 500 * 24, "keys that are used once do not travel"
    assert shard.bank.rows.dtype == ACCOUNT, "an account is a row of fixed size"


def test_a_key_that_everybody_uses_is_told_no_more():
    policy = Policy(max_owners=500, min_accounts=12)
    shard, told = LinkShard(policy), []
    began = time.process_time()
    for start in range(0, 20_000, 100):
        rows = np.zeros(100, SIGHTING)
        rows["key"], rows["kind"], rows["link_events"], rows["ts"] = 7, LinkKind.TEMPLATE, 1, START
        rows["owner"]["account"] = rows["owner"]["org"] = np.arange(start + 1, start + 101)
        rows["owner"]["events"] = rows["owner"]["openings"] = 1
        told.append(len(shard.process(rows)))
    assert sum(told[:5]) > 0
    assert sum(told[10:]) == 0, "a public link is no evidence"
    assert time.process_time() - began < 5
