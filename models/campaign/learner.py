"""A supervised model of labelled examples, as a betting factor: how much more like distillation than like benign.

The model is River's logistic regression. It is fitted anew from all examples in force whenever those change, in an
order that is theirs and not that of their arrival, so that a label which is taken back leaves no trace. The factor
is kept honest in four ways: it is exactly 1 without examples of both verdicts; it is drawn towards 1 while they are
few; it never leaves `LEAST`..`MOST`; and it is divided by its own mean over benign examples that the model was not
fitted on, where that is above 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from river import linear_model, optim

# A label may take evidence down more than up: a bet that is withheld costs a late alert, one that is made a false one.
LEAST, MOST = 1e-3, 30.0
# Examples of the rarer verdict, counted twice, at which half of what the model says is believed.
HALF_TRUST = 10.0
# Held-out parts, and updates of a fit: 50 ms on one core with five fits.
FOLDS, UPDATES = 4, 600
# What is withheld for a log-odds below 0, against what is bet above it: to bet less keeps any budget.
WITHHELD = 2.0
# Beyond these log-odds the regression says more than fifty examples can.
SURE = 6.0

Features = Mapping[str, float]


class Example(NamedTuple):
    """One labelled thing.

    Attributes:
        order: What examples are sorted by; a hash of the id.
        features: Its evidence at the time of the label, about standard scores.
        distillation: Whether it was found to be, or else benign.
    """

    order: int
    features: Features
    distillation: bool


@dataclass(slots=True)
class Learner:
    """Fitted to examples; without any it says nothing.

    >>> pool, crowd = {"even": 2.0}, {"even": -2.0}
    >>> learner = Learner(); learner.log_factor(pool)
    0.0
    >>> learner.fit([Example(i, pool if i % 2 else crowd, i % 2 == 1) for i in range(40)])
    >>> learner.log_factor(pool) > 0.0 > learner.log_factor(crowd)
    True
    >>> learner.fit([]); learner.log_factor(pool)
    0.0
    """

    trust: float = 0.0
    _model: linear_model.LogisticRegression | None = None
    _excess: float = 0.0

    def fit(self, examples: Sequence[Example], benign: Sequence[Features] = ()) -> None:
        """Fit to `examples`, whatever their order; `benign` are more that the factor must not favour on average."""
        ordered = sorted(examples, key=lambda one: (one.order, one.distillation))
        positive = sum(one.distillation for one in ordered)
        fewer = min(positive, len(ordered) - positive)
        self._excess, self._model = 0.0, None
        self.trust = 2 * fewer / (2 * fewer + HALF_TRUST)
        if not fewer:
            return
        self._model = _fitted(ordered)
        factors = [math.exp(self._bounded(score)) for score in _held_out(ordered)]
        factors += [math.exp(self._bounded(_score(self._model, one))) for one in benign]
        self._excess = max(math.log(sum(factors) / len(factors)), 0.0) if factors else 0.0

    def log_odds(self, features: Features) -> float:
        """Return how the model sees one thing, in -`SURE`..`SURE`; 0 before it was fitted."""
        return 0.0 if self._model is None else _score(self._model, features)

    def log_odds_many(self, names: Sequence[str], values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return `log_odds` of each row of `values`, shape (n, k), whose columns are `names`."""
        if self._model is None:
            return np.zeros(len(values))
        weights = np.array([self._model.weights.get(name, 0.0) for name in names])
        scores: NDArray[np.float64] = np.clip(values @ weights + self._model.intercept, -SURE, SURE)
        return scores

    def log_factor(self, features: Features) -> float:
        """Return the logarithm of the betting factor; 0 before the model was fitted."""
        return self.shrunk(self.log_odds(features))

    def shrunk(self, log_odds: float) -> float:
        """Return the logarithm of the factor of given log-odds."""
        return 0.0 if self._model is None else self._bounded(log_odds) - self._excess

    def _bounded(self, log_odds: float) -> float:
        stake = self.trust if log_odds > 0.0 else WITHHELD * self.trust
        return min(max(stake * log_odds, math.log(LEAST)), math.log(MOST))


def _fitted(ordered: Sequence[Example]) -> linear_model.LogisticRegression:
    """Return the regression after about `UPDATES` updates, verdict by turns so that neither is favoured by number."""
    model = linear_model.LogisticRegression(optimizer=optim.SGD(0.1), l2=0.01, clip_gradient=1.0)
    sides = [[one for one in ordered if one.distillation is side] for side in (False, True)]
    for turn in range(max(UPDATES // 2, *map(len, sides))):
        for side in sides:
            one = side[turn % len(side)]
            model.learn_one(dict(one.features), one.distillation)
    return model


def _held_out(ordered: Sequence[Example]) -> list[float]:
    """Return the log-odds of each benign example by a model that was not fitted on it."""
    scores: list[float] = []
    for fold in range(FOLDS):
        rest = [one for place, one in enumerate(ordered) if place % FOLDS != fold]
        if len({one.distillation for one in rest}) == 2:
            model = _fitted(rest)
            scores += [_score(model, one.features) for one in ordered[fold::FOLDS] if not one.distillation]
    return scores


def _score(model: linear_model.LogisticRegression, features: Features) -> float:
    probabilities: dict[bool, float] = model.predict_proba_one(dict(features))  # type: ignore[no-untyped-call]
    p = probabilities[True]
    return min(max(math.log(max(p, 1e-9) / max(1.0 - p, 1e-9)), -SURE), SURE)
