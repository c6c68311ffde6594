"""The draws of many groups at once are those of one group at a time."""

import numpy as np
import pytest

from models.detections.even_load import DAY_MS, DRAWS, _draws, _log_variations, _rates
from models.sighting import OWNER, Owners


@pytest.fixture(scope="module")
def owners() -> Owners:
    rng = np.random.default_rng(0)
    owners = np.zeros(500, OWNER)
    owners["first"] = rng.integers(0, 2 * DAY_MS, len(owners))
    owners["events"] = 1 + np.exp(rng.normal(3, 1, len(owners))).astype(int)
    return owners


@pytest.mark.parametrize("ts", [DAY_MS // 5, 2 * DAY_MS])
@pytest.mark.parametrize("size", [8, 13, 60, 300])
def test_many_groups_at_once_are_groups_one_by_one(owners, ts, size):
    rng = np.random.default_rng(size)
    groups = [owners[rng.integers(len(owners), size=size)] for _ in range(DRAWS)]
    alone = np.array([float(_log_variations(*_rates(group, ts))) for group in groups])
    np.testing.assert_allclose(_draws(owners, ts, size), alone[~np.isnan(alone)], rtol=1e-12)


def test_without_enough_requests_nothing_is_said(owners):
    assert np.isnan(_log_variations(*_rates(owners[:11], 2 * DAY_MS)))
    assert np.isnan(_log_variations(*_rates(owners, 0)))
    assert not np.isnan(_log_variations(*_rates(owners[:13], 2 * DAY_MS)))
