"""Compiled sums over groups say what the array form says, bit for bit."""

import numpy as np
from numpy.typing import NDArray

from models.detections.between import between_products, between_variance, sum_of, summed_directions

# Around the ends of lanes, blocks and halves.
COUNTS = [*range(140), 255, 256, 257, 300, 768, 1000, 1976, 8193, 64 * 1976]


def test_sums_are_those_of_numpy():
    values = np.random.default_rng(1).lognormal(0.0, 3.0, size=max(COUNTS) + 3)
    for n in COUNTS:
        assert sum_of(values, 3, n) == values[3 : 3 + n].sum()


def as_arrays(values: NDArray[np.float64], errors: NDArray[np.float64], least: int) -> NDArray[np.float64]:
    """`between_variance` in the words of its paper."""
    known = ~np.isnan(values)
    n, values = np.count_nonzero(known, axis=-1), np.where(known, values, 0.0)
    weights = np.where(known, 1.0 / errors, 0.0)
    total = np.maximum(weights.sum(axis=-1), 1e-300)
    middle = (weights * values).sum(axis=-1) / total
    dispersion = (weights * np.square(values - middle[..., None])).sum(axis=-1)
    freedom = np.maximum(n - 1, 1)
    scale = np.maximum(total - np.square(weights).sum(axis=-1) / total, 1e-300)
    return np.where(n >= least, (np.maximum(dispersion - freedom, 0.0) + np.sqrt(2.0 * freedom)) / scale, np.nan)


def test_variance_is_that_of_arrays():
    rng = np.random.default_rng(2)
    for n in (1, 2, 7, 8, 12, 40, 129, 300):
        values = np.where(rng.random((60, n)) < 0.2, np.nan, rng.normal(size=(60, n)))
        errors = rng.gamma(1.0, size=(60, n)) + 1e-3
        assert np.array_equal(between_variance(values, errors, 5), as_arrays(values, errors, 5), equal_nan=True)


def test_products_are_those_of_arrays():
    rng = np.random.default_rng(3)
    directions, lengths = rng.integers(-127, 128, size=(500, 64)).astype(np.int8), rng.random(500)
    lengths[rng.random(500) < 0.2] = 0.0
    directions[7] = 0
    scales = lengths / np.maximum(np.linalg.norm(directions.astype(np.float64), axis=1), 1e-9)
    for n in (1, 12, 40, 300):
        groups = rng.integers(500, size=(60, n))
        vectors = (directions * scales[:, None])[groups]
        expected = np.square(vectors.sum(axis=1)).sum(axis=1) - np.square(vectors).sum(axis=(1, 2))
        assert np.array_equal(between_products(directions, lengths, groups), expected)


def test_summed_directions_are_those_of_arrays():
    rng = np.random.default_rng(4)
    directions, weights = rng.integers(-127, 128, size=(500, 64)).astype(np.int8), rng.integers(3, size=500)
    directions[7] = 0
    vectors = directions[(weights > 0) & directions.any(axis=1)].astype(np.float64)
    total, n = summed_directions(directions, weights.astype(np.uint32))
    assert n == len(vectors)
    assert np.array_equal(total, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).sum(axis=0))
