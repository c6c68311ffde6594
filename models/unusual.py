"""How unusual an account is among all accounts: one River anomaly detector for the whole population.

HalfSpaceTrees (Tan, Ting and Liu, "Fast anomaly detection for streaming data", IJCAI 2011) learns the density of
accounts at large online. As River objects ten trees take 1.2 MB, so one is shared by everybody and none is kept per
account; it learns from a part of the population sample only, and never from accounts under suspicion.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from river import anomaly, compose, preprocessing

from models.sighting import Owners

# 60 us a score: enough accounts for a rank, few enough for a look at a group to stay in the milliseconds.
SCORED = 128


def features_of(owners: Owners) -> list[dict[str, float]]:
    """Return one dictionary of features per account; ratios and logarithms, all of them finite."""
    events = np.maximum(owners["events"], 1).astype(np.float64)
    days = np.maximum((owners["last"] - owners["first"]) / 86_400_000, 1.0)
    columns = {
        "rate": np.log(events / days),
        "openings": owners["openings"] / events,
        "tools": owners["tools"] / events,
        "cached": owners["cached"] / events,
        "refused": owners["refused"] / events,
        "hours": np.count_nonzero(owners["hours"], axis=1) / np.minimum(events, 24.0),
        "input": np.log1p(owners["input_tokens"] / events),
        "output": np.log1p(owners["output_tokens"] / events),
        "gap_mean": owners["gap_mean"].astype(np.float64),
        "gap_sd": owners["gap_sd"].astype(np.float64),
    }
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


class Unusual:
    """Learns what accounts are like and says how unlike them some are.

    >>> from models.sighting import OWNER
    >>> unusual = Unusual()
    >>> unusual.scores(np.zeros(2, OWNER)).tolist()
    [0.0, 0.0]
    """

    def __init__(self, *, seed: int = 1) -> None:
        self.model = compose.Pipeline(
            preprocessing.MinMaxScaler(),
            anomaly.HalfSpaceTrees(n_trees=10, height=6, window_size=250, seed=seed),
        )

    def learn(self, owners: Owners) -> None:
        """Learn from accounts (dtype `OWNER`), each as it is now."""
        for features in features_of(owners):
            self.model.learn_one(features)

    def scores(self, owners: Owners) -> NDArray[np.float64]:
        """Return anomaly scores in 0..1, larger is more unusual; 0 for all until 250 accounts were learnt."""
        return np.array([self.model.score_one(features) for features in features_of(owners)], dtype=np.float64)
