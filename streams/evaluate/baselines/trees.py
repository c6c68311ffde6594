"""Anomaly detection per account with half-space trees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.forest import HalfSpaceForest
from streams.evaluate.roc import Floats
from streams.evaluate.traffic import Traffic

DAY_MS = 86_400_000
FEATURES = ("requests", "hours", "openings", "refused", "input", "output")


class Trees:
    """River's HalfSpaceTrees over what an account did on one day, days in order, each scored before it is learnt."""

    name = "HalfSpaceTrees per account"
    about = "River's HalfSpaceTrees on six features of an account's day; its most unusual day counts"

    def scores(self, traffic: Traffic, benign: NDArray[np.bool_]) -> Floats:
        """Return the highest anomaly score of each account's days; see `Baseline`."""
        model = HalfSpaceForest(FEATURES, n_trees=25, height=8, window_size=250, seed=1)
        scores = np.zeros(len(traffic.accounts))
        days = traffic.ts // DAY_MS
        for day in np.unique(days):
            accounts, rows = _features(traffic, days == day)
            for start in range(0, len(rows), 250):  # what is learnt in between is what a stream would have learnt
                part = rows[start : start + 250]
                np.maximum.at(scores, accounts[start : start + 250], model.score_many(part))
                model.learn_many(part)
        return scores


def _features(traffic: Traffic, today: NDArray[np.bool_]) -> tuple[NDArray[np.int64], Floats]:
    """Return the accounts that were active, and `FEATURES` of each, in order of their hash."""
    accounts, place = np.unique(traffic.account[today], return_inverse=True)
    n = np.bincount(place).astype(np.float64)
    hours = np.zeros((len(accounts), 24), dtype=np.bool_)
    hours[place, traffic.ts[today] // 3_600_000 % 24] = True

    def mean(column: NDArray[np.int64]) -> Floats:
        return np.asarray(np.bincount(place, weights=column[today].astype(np.float64)) / n)

    columns = (
        np.log(n),
        hours.sum(axis=1) / np.minimum(n, 24),
        mean(traffic.turn == 1),
        mean(traffic.refused),
        np.log1p(mean(traffic.input_tokens)),
        np.log1p(mean(traffic.output_tokens)),
    )
    return accounts, np.column_stack(columns)
