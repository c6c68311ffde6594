"""Proportions and means with 95 % intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt

import msgspec
import numpy as np
from numpy.typing import NDArray

Z = 1.959964  # two-sided 95 %
_DRAWS = 400


class Estimate(msgspec.Struct, frozen=True):
    """A figure with its 95 % interval; all None where there is nothing to measure.

    Attributes:
        value, low, high: The figure and its interval.
        hits, total: What it was counted from, for proportions.
    """

    value: float | None
    low: float | None
    high: float | None
    hits: int | None = None
    total: int | None = None


def proportion(hits: int, total: int) -> Estimate:
    """Return hits / total with Wilson's interval, which stays sound near 0 and 1, where these figures live.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    >>> proportion(0, 10).high
    0.2775...
    """
    if total == 0:
        return Estimate(None, None, None, hits, total)
    p, spread = hits / total, Z * Z / total
    middle = (p + spread / 2) / (1 + spread)
    half = Z * sqrt(p * (1 - p) / total + spread / (4 * total)) / (1 + spread)
    return Estimate(p, max(0.0, middle - half), min(1.0, middle + half), hits, total)


def bootstrap(groups: Sequence[NDArray[np.float64]], statistic: Callable[..., float], *, seed: int = 0) -> Estimate:
    """Return `statistic(*groups)` with the percentile interval of resamples, each group resampled within itself.

    Source: Efron, "Bootstrap methods: another look at the jackknife", 1979.
    """
    if any(len(group) == 0 for group in groups):
        return Estimate(None, None, None)
    rng = np.random.default_rng(seed)
    draws = [statistic(*(rng.choice(group, len(group)) for group in groups)) for _ in range(_DRAWS)]
    low, high = np.quantile(draws, [0.025, 0.975])
    return Estimate(statistic(*groups), float(low), float(high))
