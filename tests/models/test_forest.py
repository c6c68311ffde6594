"""The forest over arrays gives the scores of River's objects, bit for bit."""

import numpy as np
import pytest
from river import anomaly, compose, preprocessing

from models.forest import HalfSpaceForest

NAMES = ["rate", "openings", "tools", "hours", "gap"]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("batch", [1, 7, 300])
def test_scores_equal_rivers_whatever_the_batches(seed, batch):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(900, len(NAMES))) * [1, 10, 0, 3, 100]  # one column that never changes
    rows[::50] *= 20
    river = compose.Pipeline(
        preprocessing.MinMaxScaler(), anomaly.HalfSpaceTrees(n_trees=10, height=6, window_size=250, seed=seed)
    )
    forest = HalfSpaceForest(NAMES, n_trees=10, height=6, window_size=250, seed=seed)
    for start in range(0, len(rows), batch):
        some = rows[start : start + batch]
        features = [dict(zip(NAMES, row, strict=True)) for row in some.tolist()]
        if start % 5 == 0:  # before they are learnt: some lie outside what was seen
            assert forest.score_many(some[:3]).tolist() == [
                river.score_one(one) if start else 0.0 for one in features[:3]
            ]
        forest.learn_many(some)
        for one in features:
            river.learn_one(one)


def test_scoring_changes_nothing():
    rows = np.random.default_rng(1).normal(size=(300, 2))
    forest = HalfSpaceForest(["a", "b"], n_trees=3, height=4, window_size=100, seed=1)
    forest.learn_many(rows)
    assert forest.score_many(rows).tolist() == forest.score_many(rows).tolist()
