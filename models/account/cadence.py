"""How regularly one account sends, as River would learn it: the definition of what the compiled loop computes."""

from __future__ import annotations

import math

from river import base, stats

from models.account.row import FADING


class Cadence(base.Estimator):
    """Exponentially weighted mean and deviation of ln(seconds between requests).

    This is the contract for one account, one request at a time. `models.account.kernel` keeps the same two numbers for
    all accounts of a partition in their rows; `tests/models/account/test_cadence.py` holds both to each other.

    Args:
        fading: Weight of the newest gap; 0.05 remembers about 20.

    >>> cadence = Cadence()
    >>> for ts in (0, 60_000, 120_000, 180_000):
    ...     cadence.learn_one(ts)
    >>> round(math.exp(cadence.mean)), cadence.deviation
    (60, 0.0)
    """

    def __init__(self, fading: float = FADING) -> None:
        self.fading = fading
        self._last: int | None = None
        self._mean = stats.EWMean(fading)
        self._variance = stats.EWVar(fading)

    def learn_one(self, ts: int) -> None:
        """Learn a request at `ts`, epoch ms; a gap below a millisecond, or back in time, counts as one millisecond."""
        if self._last is not None:
            gap = math.log(max(ts - self._last, 1) / 1000.0)
            self._mean.update(gap)
            self._variance.update(gap)
        self._last = ts if self._last is None else max(ts, self._last)

    @property
    def mean(self) -> float:
        """Mean of ln(seconds between requests); 0 before the second request."""
        return float(self._mean.get())

    @property
    def deviation(self) -> float:
        """Standard deviation of ln(seconds between requests)."""
        return math.sqrt(max(float(self._variance.get()), 0.0))
