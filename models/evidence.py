"""Evidence: how a surprising measurement becomes a number that may be multiplied and looked at any time.

A p-value says how rarely a benign group measures so high. A *calibrator* turns it into a betting wealth (an
e-value): what one coin would have grown to by betting against "benign" on this measurement. Under the null
its mean is at most 1, so by Ville's inequality it exceeds 1/alpha with probability at most alpha. Wealth of
independent bets multiplies; wealth needs no correction for having looked before when the looks share one coin
(`look_share`).

Source: Vovk and Wang, "E-values: calibration, combination and applications", Annals of Statistics 49 (2021).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from statistics import NormalDist

_STANDARD = NormalDist()

# Below this a p-value says more about the model of the null than about the group.
SMALLEST_P = 1e-7
# The bet that grows most on a p-value of e^(-1 / BET), 0.007: three kinds of evidence that are each worth that are an
# alert at a provider who sees a thousand groups a month.
BET = 0.2
# Groups are looked at when they have grown by a quarter: ten looks take a pool from 12 accounts to a hundred. They are
# hardly independent. Of groups that grow so and differ from each other by `spread` 0.1, the best of ten looks has 5.2
# times the mean wealth of one look and reaches an alert 5.5 times as often; at 0.3 it is three times.
EARLY_LOOKS, INDEPENDENT = 10, 5
# Measurements of one kind are related (an account that never sleeps also has a regular cadence): assumed
# correlation.
KINSHIP = 0.3


class Kind(StrEnum):
    """The kinds of evidence. A campaign alert needs two different ones."""

    CONTENT = "content"
    COORDINATION = "coordination"
    ACCOUNT = "account"
    REASONING = "reasoning"


def p_of(z: float) -> float:
    """Return the one-sided p-value of a standard score, not below `SMALLEST_P`."""
    return max(_STANDARD.cdf(-z), SMALLEST_P)


def z_of(p: float) -> float:
    """Return the standard score of a one-sided p-value."""
    return -_STANDARD.inv_cdf(min(max(p, SMALLEST_P), 1.0 - SMALLEST_P))


def wealth(p: float) -> float:
    """Return the betting wealth of `p`: the power bet `BET` p^(`BET` - 1).

    >>> round(wealth(1.0), 2), round(wealth(0.05), 2), round(wealth(1e-6))
    (0.2, 2.2, 12619)
    """
    return BET * float(max(p, SMALLEST_P) ** (BET - 1.0))


def pooled(scores: Sequence[float]) -> float:
    """Return one standard score for several related ones of a kind (Stouffer's sum at correlation `KINSHIP`).

    >>> round(pooled([2.0]), 2), round(pooled([2.0, 2.0]), 2)
    (2.0, 2.48)
    """
    n = len(scores)
    return sum(scores) / math.sqrt(n + KINSHIP * n * (n - 1)) if n else 0.0


def joint_wealth(scores: Sequence[float]) -> float:
    """Return the wealth of related scores: half the coin bets on their pooled score, half on each alone.

    The mean of wealths is a wealth whatever the dependence. Pooling finds what all say a little, single bets what one
    says clearly: a pool that shares no card is no less of a pool for its even load.

    >>> joint_wealth([7.0, -2.0, -2.0]) > 1e4, joint_wealth([0.0, 0.0]) < 1
    (True, True)
    """
    alone = sum(wealth(p_of(score)) for score in scores) / len(scores)
    return (wealth(p_of(pooled(scores))) + alone) / 2


def look_share(look: int) -> float:
    """Return the share of the coin that is bet at look number `look` (1, 2, ...); those of independent looks sum to 1.

    The first `EARLY_LOOKS` share half the coin equally, as if they were `INDEPENDENT`: a pool is found with one of
    them, and nobody knows which.
    """
    if look <= EARLY_LOOKS:
        return 0.5 / INDEPENDENT
    return 0.5 * EARLY_LOOKS / (look * (look - 1))
