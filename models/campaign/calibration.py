"""What groups are like here: measurements are held against those of groups that the same provider's traffic brought.

The null models of detections are priors. Where benign groups regularly measure higher than a detection expects (every
owner of a harness asks for answers alike, say), the measurement is worth less here, and this is where that is learnt:
per detection and segment, from groups that are not under suspicion. Each group counts once, with its latest score, so
that a group that is looked at often does not speak for the others.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from models.ranks import quantile

_NORMAL = NormalDist()
# Until more groups than this were seen, what is learnt counts for less than the prior.
PRIOR = np.array([_NORMAL.inv_cdf((i + 0.5) / 64) for i in range(64)])
# Quantiles by which centre and scale are read: one group in seven, be it a campaign that shows nothing yet, moves
# neither of them far.
MIDDLE, UPPER = 0.5, 0.85
_UPPER_SCORE = _NORMAL.inv_cdf(UPPER)
# Centre and scale are read anew when this share of the scores has changed.
STALE = 0.05


@dataclass(slots=True)
class Ordinary:
    """Centre and scale of the standard scores of ordinary groups, in one segment.

    >>> ordinary = Ordinary()
    >>> round(ordinary.calibrated(3.0), 1)
    3.0
    >>> for group in range(1000):
    ...     ordinary.learn(str(group), 2.0)
    >>> round(ordinary.calibrated(3.0), 1)
    1.0
    """

    _scores: dict[str, float] = field(default_factory=dict)
    _changes: int = 0
    _centre: float = 0.0
    _scale: float = 1.0

    def learn(self, group: str, z: float) -> None:
        """Learn the latest score of a group that is not under suspicion."""
        self._scores[group] = z
        self._changed()

    def forget(self, *groups: str) -> None:
        """Forget groups: one that came under suspicion, or those that were let go."""
        changes = sum(self._scores.pop(group, None) is not None for group in groups)
        if changes:
            self._changed(changes)

    def calibrated(self, z: float) -> float:
        """Return a score as it stands among ordinary groups; never larger than it was."""
        return min((z - self._centre) / self._scale, z)

    def _changed(self, changes: int = 1) -> None:
        self._changes += changes
        if self._changes > STALE * (len(PRIOR) + len(self._scores)):
            self.read()

    def read(self) -> None:
        """Read centre and scale anew."""
        scores: NDArray[np.float64] = np.concatenate(
            [PRIOR, np.fromiter(self._scores.values(), np.float64, len(self._scores))]
        )
        scores.sort()
        middle, upper = quantile(scores, MIDDLE), quantile(scores, UPPER)
        self._centre, self._scale = max(middle, 0.0), max((upper - middle) / _UPPER_SCORE, 1.0)
        self._changes = 0


@dataclass(slots=True)
class Calibration:
    """`Ordinary` for every detection and segment."""

    _segments: dict[Hashable, Ordinary] = field(default_factory=dict)

    def calibrated(self, segment: Hashable, z: float) -> float:
        """Return a score as it stands among ordinary groups of its segment."""
        known = self._segments.get(segment)
        return z if known is None else known.calibrated(z)

    def learn(self, segment: Hashable, group: str, z: float) -> None:
        """Learn the latest score of a group that is not under suspicion."""
        known = self._segments.get(segment)
        if known is None:
            known = self._segments[segment] = Ordinary()
        known.learn(group, z)

    def settle(self) -> None:
        """Let what is learnt be of the latest scores, not of those when a twentieth had last changed."""
        for segment in self._segments.values():
            segment.read()

    def forget(self, segment: Hashable, group: str) -> None:
        """Forget a group that came under suspicion."""
        if segment in self._segments:
            self._segments[segment].forget(group)

    def forget_everywhere(self, groups: Sequence[str]) -> None:
        """Forget groups that were let go, in all segments."""
        for segment in self._segments.values():
            segment.forget(*groups)
