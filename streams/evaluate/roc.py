"""How many campaign accounts are found at how many false alarms, whatever the threshold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Curve(NamedTuple):
    """A ROC curve: rates of shape (n,) when everything at or above each threshold is flagged, thresholds falling."""

    threshold: Floats
    false_positive_rate: Floats
    true_positive_rate: Floats


def roc(campaign: Floats, benign: Floats) -> Curve:
    """Return the curve of the risks of campaign accounts, shape (n,), and of benign ones, shape (m,); none empty."""
    thresholds = np.unique(np.concatenate([campaign, benign]))[::-1]
    return Curve(thresholds, _share_from(benign, thresholds), _share_from(campaign, thresholds))


def threshold_at(benign: Floats, rate: float) -> float:
    """Return the lowest risk at which at most `rate` of the benign accounts are flagged; above 1 where there is none.

    Accounts of equal risk are flagged together, so the rate that is reached may be lower.
    """
    allowed = int(rate * len(benign))
    if allowed >= len(benign):
        return 0.0
    # Everything above the (allowed + 1)-th highest risk may be flagged, that one may not.
    limit = np.partition(benign, len(benign) - allowed - 1)[len(benign) - allowed - 1]
    return float(np.nextafter(limit, np.inf))


def tpr_at(campaign: Floats, benign: Floats, rate: float) -> float:
    """Return the share of campaign accounts flagged where at most `rate` of the benign ones are."""
    return float(np.mean(campaign >= threshold_at(benign, rate)))


def _share_from(risks: Floats, thresholds: Floats) -> Floats:
    ordered = np.sort(risks)
    return np.asarray(1 - np.searchsorted(ordered, thresholds, side="left") / len(ordered))
