"""Campaigns that hold too many owners forget what shows nothing, and every verdict is as if they had not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pytest

from models.account.shard import AccountShard
from models.campaign.campaign import Campaign
from models.campaign.labels import Label
from models.campaign.model import CampaignModel
from models.link.shard import LinkShard
from models.links import LinkKind
from models.policy import Policy
from models.sighting import SIGHTING, Owners, Sightings, joined
from tests.models.streams_of import Maker
from tests.models.test_hostile import crowd, pool

MOST, OWNERS = 4_000, 14
BOUND, FREE = Policy(campaign_owners_in_memory=MOST), Policy()


class Step(NamedTuple):
    """What campaigns are told at a time."""

    sample: Owners
    evidence: Sightings


@pytest.fixture(scope="module")
def quiet() -> list[Step]:
    """People at large, and a pool."""
    maker = Maker(3)
    events = sorted([*crowd(maker, 200), *pool(maker, 40, maker.keys(6))], key=lambda event: event.ts)
    accounts, links, steps = AccountShard(), LinkShard(), []
    for at in range(0, len(events), 200):
        outcome = accounts.process(events[at : at + 200])
        owners = accounts.describe(outcome.touched)["owner"].copy()
        steps.append(Step(owners, links.process(outcome.sightings.copy())))
    return steps


@pytest.fixture(scope="module")
def loud(quiet: list[Step]) -> list[Step]:
    """The same in a flood of prompts that each a few invented accounts share, who otherwise are like people."""
    rng, steps = np.random.default_rng(5), []
    everyone = np.concatenate([one.sample for one in quiet])
    everyone = everyone[everyone["signals"] == 0]
    for step in quiet:
        rows = np.zeros(30 * OWNERS, SIGHTING)
        rows["owner"] = everyone[rng.integers(0, len(everyone), len(rows))]
        rows["key"] = np.repeat(rng.integers(1, 2**63, 30), OWNERS)
        rows["kind"], rows["link_events"] = LinkKind.TEMPLATE, np.maximum(rows["owner"]["openings"] // 3, 1)
        rows["ts"] = step.sample["last"].max()
        rows["link_first"] = rows["owner"]["first"]
        rows["owner"]["account"] = rows["owner"]["org"] = rng.integers(1, 2**63, len(rows))
        rows["owner"]["payment"] = rows["owner"]["signup"] = rows["owner"]["ip"] = rows["owner"]["tls"] = 0
        steps.append(Step(step.sample, joined([step.evidence, rows])))
    return steps


def run(steps: Sequence[Step], policy: Policy, labels: Sequence[Label] = ()) -> CampaignModel:
    model = CampaignModel(policy)
    model.learn_labels(labels)
    for step in steps:
        model.learn_population(step.sample)
        model.process(step.evidence)
        assert model.book.table.used <= policy.campaign_owners_in_memory
    return model


def alerted(model: CampaignModel) -> list[tuple[str, int | None, frozenset[int]]]:
    standing = [one for one in model.campaigns.values() if one.status == "alert"]
    return sorted((one.id, one.first_alert_ts, frozenset(one.accounts)) for one in standing)


def held_by_account(model: CampaignModel) -> Iterator[str]:
    for groups in model.book._by_account.values():
        yield from groups


def test_a_pool_in_a_flood_of_accounts_and_links_is_found_with_the_same_members(
    quiet: list[Step], loud: list[Step]
) -> None:
    bound = run(loud, BOUND)
    assert bound.book.table.forgotten > 2 * MOST, "otherwise this proves nothing"
    found = alerted(bound)
    assert [len(accounts) for _, _, accounts in found] == [40]
    assert [one[2] for one in found] == [one[2] for one in alerted(run(quiet, FREE))]
    assert found == alerted(run(loud, FREE))


def test_all_that_was_known_of_what_is_forgotten_is_gone(loud: list[Step]) -> None:
    model = run(loud, BOUND)
    groups, book = set(model.book.groups), model.book
    assert set(held_by_account(model)) <= groups
    assert set(book._by_link.values()) <= groups
    assert set(book._by_link) == set(book.table.links["key"][: book.table.linked].tolist())
    assert set(model._standing._by_group) <= groups
    assert set(model._ordinary._of) <= groups
    assert {group for one in model.calibration._segments.values() for group in one._scores} <= groups
    assert sum(group.size for group in book.groups.values()) == book.table.used


def test_groups_know_how_many_owners_they_have_and_accounts_in_which_groups_they_are(loud: list[Step]) -> None:
    book = run(loud, BOUND).book
    assert all(group.size == sum(link.count for link in group.links.values()) for group in book.groups.values())
    rows = book.table.rows[: book.table.used]
    for key, account in zip(rows["key"].tolist(), rows["owner"]["account"].tolist(), strict=True):
        assert book._by_link[key] in book._by_account[account]


def test_who_reads_the_log_again_forgets_the_same(loud: list[Step]) -> None:
    one, other = run(loud, BOUND), run(loud, BOUND)
    assert list(one.book.groups) == list(other.book.groups)
    assert list(one.campaigns) == list(other.campaigns)
    assert one._ordinary.total == other._ordinary.total
    assert (
        one.book.table.rows[: one.book.table.used].tobytes() == other.book.table.rows[: other.book.table.used].tobytes()
    )


def dull(key: int, ts: int) -> Sightings:
    """A prompt that twelve people tried once."""
    rows = np.zeros(12, SIGHTING)
    rows["key"], rows["kind"], rows["ts"], rows["link_events"] = key, LinkKind.TEMPLATE, ts, 5
    rows["owner"]["account"] = rows["owner"]["org"] = 1_000 * key + np.arange(12)
    rows["owner"]["events"] = rows["owner"]["openings"] = 10
    return rows


@pytest.mark.parametrize(
    "label",
    [Label("campaign", "C-0000000000000020", "benign", ts=1), Label("link", "0000000000000020", "distillation", ts=1)],
)
def test_what_has_a_label_stays(label: Label) -> None:
    model = CampaignModel(Policy(campaign_owners_in_memory=120))
    model.learn_labels([label])
    for key in range(1, 50):
        model.process(dull(key, ts=key))
    assert model.book.table.forgotten
    assert {"C-0000000000000020", "C-0000000000000031"} <= set(model.book.groups)
    assert "C-0000000000000021" not in model.book.groups


def test_a_campaign_that_comes_back_is_newer_than_the_one_that_was_forgotten() -> None:
    model, forgotten = CampaignModel(Policy(campaign_owners_in_memory=120)), dict[str, Campaign]()
    for key in range(1, 50):
        forgotten |= {one.id: one for one in model.process(dull(key, ts=key)).forgotten}
    before = next(iter(forgotten.values()))
    assert before.id not in model.campaigns
    model.process(dull(int(before.id.removeprefix("C-"), 16), ts=100))
    assert model.campaigns[before.id].version > before.version
