"""The compiled loop and River agree on cadence."""

import numpy as np
import pytest

from models.account.cadence import Cadence
from models.account.shard import AccountShard
from tests.models.streams_of import START, Maker


@pytest.mark.parametrize("seed", range(5))
def test_the_bank_equals_one_river_estimator_per_account(seed):
    maker = Maker(seed)
    accounts = [f"a{i}" for i in range(10)]
    one_by_one = {account: Cadence() for account in accounts}
    events, ts = [], START
    for _ in range(500):
        ts += int(1000 * maker.rng.lognormal(1, 2)) - 300  # now and then back in time
        account = accounts[maker.rng.integers(len(accounts))]
        events.append(maker.event(account, ts))
        one_by_one[account].learn_one(ts)
    shard = AccountShard()
    for start in range(0, len(events), 64):
        shard.process(events[start : start + 64])
    for account, cadence in one_by_one.items():
        row = shard.bank.rows[shard.bank.place_of(account)]
        assert row["gap_mean"] == pytest.approx(cadence.mean, rel=1e-12)
        variance = row["gap_square"] - row["gap_mean"] ** 2
        assert np.sqrt(max(variance, 0)) == pytest.approx(cadence.deviation, rel=1e-6, abs=1e-9)


def test_it_can_be_cloned_like_any_river_estimator():
    assert Cadence(fading=0.2).clone().fading == 0.2
