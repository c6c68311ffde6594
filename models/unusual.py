"""How unusual an account is among all accounts: one anomaly detector for the whole population.

HalfSpaceTrees (Tan, Ting and Liu, "Fast anomaly detection for streaming data", IJCAI 2011) learns the density of
accounts at large online. It is River's, computed over arrays (`models.forest`), and shared by everybody: none is kept
per account. It learns from a part of the population sample only, and never from accounts under suspicion.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.forest import HalfSpaceForest
from models.sighting import Owners

# Enough accounts for a rank.
SCORED = 128
FEATURES = (
    "rate", "openings", "tools", "cached", "refused", "hours", "input", "output", "gap_mean", "gap_sd",
)  # fmt: skip


def features_of(owners: Owners) -> NDArray[np.float64]:
    """Return `FEATURES` per account, shape (n, 10); ratios and logarithms, all of them finite."""
    events = np.maximum(owners["events"], 1).astype(np.float64)
    days = np.maximum((owners["last"] - owners["first"]) / 86_400_000, 1.0)
    columns = (
        np.log(events / days),
        owners["openings"] / events,
        owners["tools"] / events,
        owners["cached"] / events,
        owners["refused"] / events,
        np.count_nonzero(owners["hours"], axis=1) / np.minimum(events, 24.0),
        np.log1p(owners["input_tokens"] / events),
        np.log1p(owners["output_tokens"] / events),
        owners["gap_mean"],
        owners["gap_sd"],
    )
    features = np.empty((len(owners), len(columns)))
    for at, column in enumerate(columns):
        features[:, at] = column
    return features


class Unusual:
    """Learns what accounts are like and says how unlike them some are.

    >>> from models.sighting import OWNER
    >>> unusual = Unusual()
    >>> unusual.scores(np.zeros(2, OWNER)).tolist()
    [0.0, 0.0]
    """

    def __init__(self, *, seed: int = 1) -> None:
        self.model = HalfSpaceForest(FEATURES, n_trees=10, height=6, window_size=250, seed=seed)

    def learn(self, owners: Owners) -> None:
        """Learn from accounts (dtype `OWNER`), each as it is now."""
        self.model.learn_many(features_of(owners))

    def scores(self, owners: Owners) -> NDArray[np.float64]:
        """Return anomaly scores in 0..1, larger is more unusual; 0 for all until 250 accounts were learnt."""
        return self.model.score_many(features_of(owners))
