"""A bound on what links and campaigns hold, reached again and again in ordinary traffic, changes no alert."""

from __future__ import annotations

import pytest

from models.campaign.model import CampaignModel
from models.policy import Policy
from tests.quality.plan import Plan
from tests.quality.rehearsal import Accounts, Step, conclude
from tests.quality.stream import Stream

# A sixth of the 10,900 owners of links that this day has, and a third of the 1,560 that reach the campaigns.
SMALL = Policy(link_owners_in_memory=2_000, campaign_owners_in_memory=500)


@pytest.fixture(scope="module")
def day() -> list[Step]:
    stream = Stream(Plan("demo", 0.2, 61))
    return list(Accounts(stream.facts).steps(stream.slices()))


def alerts(model: CampaignModel) -> list[tuple[str, int | None, float, frozenset[int]]]:
    standing = [one for one in model.campaigns.values() if one.first_alert_ts is not None]
    return sorted((one.id, one.first_alert_ts, one.opinion.risk, frozenset(one.accounts)) for one in standing)


def test_a_bound_changes_no_alert_its_time_or_its_members(day: list[Step]) -> None:
    free, bounded = conclude(day), conclude(day, policy=SMALL)
    assert bounded.book.table.forgotten > 2 * SMALL.campaign_owners_in_memory
    told = [[(name, ts, accounts) for name, ts, _, accounts in alerts(one)] for one in (free, bounded)]
    assert told[0] == told[1] != []


def test_a_replay_comes_to_the_same_alerts_with_the_same_evidence(day: list[Step]) -> None:
    one, other = (conclude(day, policy=SMALL) for _ in range(2))
    assert alerts(one) == alerts(other)
    assert list(one.book.groups) == list(other.book.groups)
