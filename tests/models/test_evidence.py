"""Evidence is honest: under the null, wealth is at most 1 on average, and thresholds hold their promise."""

import numpy as np
import pytest

from models.evidence import EARLY_LOOKS, INDEPENDENT, look_share, p_of, pooled, wealth, z_of


def test_wealth_is_at_most_one_on_average_when_p_is_uniform():
    grid = (np.arange(200_000) + 0.5) / 200_000
    assert np.mean([wealth(p) for p in grid]) <= 1.0


def test_wealth_falls_with_p():
    grid = np.geomspace(1e-7, 1.0, 200)
    values = [wealth(p) for p in grid]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("z", [-3.0, 0.0, 2.5, 5.0])
def test_scores_and_p_values_are_inverse(z):
    assert z_of(p_of(z)) == pytest.approx(z, abs=1e-6)


def test_pooling_related_scores_keeps_a_standard_score_standard():
    rng = np.random.default_rng(1)
    shared = rng.normal(size=100_000)
    scores = [np.sqrt(0.3) * shared + np.sqrt(0.7) * rng.normal(size=100_000) for _ in range(4)]
    combined = np.array([pooled(list(some)) for some in zip(*scores, strict=True)])
    assert combined.std() == pytest.approx(1.0, abs=0.02)


def test_all_looks_share_one_coin():
    early = sum(look_share(look) for look in range(1, EARLY_LOOKS + 1)) * INDEPENDENT / EARLY_LOOKS
    later = sum(look_share(look) for look in range(EARLY_LOOKS + 1, 100_000))
    assert early + later == pytest.approx(1.0, abs=1e-4)
