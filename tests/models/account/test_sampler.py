"""Which accounts are reported to the population sample, and how often."""

import numpy as np
import pytest

from models.account.row import ACCOUNT
from models.account.sampler import Sampler


def chosen(sampler: Sampler, *events: int) -> list[int]:
    """Return the row numbers that are reported when accounts 1, 2.. have so many requests."""
    rows = np.zeros(len(events), dtype=ACCOUNT)
    rows["account"], rows["events"] = np.arange(1, len(events) + 1), events
    return sampler.choose(rows, np.arange(len(events))).tolist()


def test_an_account_is_reported_at_powers_of_one_and_a_half():
    sampler = Sampler()
    reported = [events for events in range(100_000) if chosen(sampler, events)]
    assert reported == sorted({-int(-(1.5**rung) // 1) for rung in range(29)})


@pytest.mark.parametrize("events", [2**31, 3_227_958_844, 2**32 - 1])
def test_counts_as_large_as_there_are_can_be_reported(events):
    sampler = Sampler()
    assert chosen(sampler, events) == [0]
    assert chosen(sampler, events) == []


def test_who_goes_on_after_another_reports_what_the_other_would_have():
    sampler, other = Sampler(), Sampler()
    assert chosen(sampler, 5, 1, 4) == [0, 1, 2]
    other.restore(sampler.limit, {account: sampler.told(account) for account in (1, 2, 3)})
    assert chosen(sampler, 6, 1, 5) == chosen(other, 6, 1, 5) == [0]
    sampler.forget(2)
    assert chosen(sampler, 6, 1, 5) == [1]
