"""Quantiles of sorted values are NumPy's, bit for bit."""

import numpy as np

from models.ranks import median, quantile


def test_quantiles_are_those_of_numpy():
    rng = np.random.default_rng(1)
    for n in (*range(1, 70), 128, 1000, 4096):
        values = np.sort(rng.lognormal(0.0, 3.0, n) - 2.0)
        for share in (0.0, 0.025, 0.3, 0.5, 0.85, 0.975, 1.0):
            assert quantile(values, share) == np.quantile(values, share)
        assert median(values) == np.median(values)
