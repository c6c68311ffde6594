"""The anomaly detector learns what accounts at large are like."""

import numpy as np

from models.sighting import OWNER, Owners
from models.unusual import Unusual


def accounts(rng: np.random.Generator, n: int, *, events: int, openings: float) -> Owners:
    owners = np.zeros(n, dtype=OWNER)
    owners["account"] = rng.integers(1, 2**60, size=n)
    owners["events"] = rng.poisson(events, size=n) + 1
    owners["openings"] = np.round(owners["events"] * openings)
    owners["last"] = 86_400_000
    owners["input_tokens"] = owners["events"] * rng.integers(100, 300, size=n)
    owners["gap_mean"], owners["gap_sd"] = rng.normal(5, 0.5, size=n), rng.normal(2, 0.2, size=n)
    return owners


def test_accounts_unlike_those_it_learnt_score_higher():
    rng = np.random.default_rng(3)
    unusual = Unusual()
    for _ in range(4):
        unusual.learn(accounts(rng, 250, events=20, openings=0.3))
    usual = unusual.scores(accounts(rng, 50, events=20, openings=0.3))
    strange = accounts(rng, 50, events=2000, openings=1.0)
    strange["gap_sd"] = 0.0
    assert np.median(unusual.scores(strange)) > np.quantile(usual, 0.9)


def test_scoring_changes_nothing():
    rng = np.random.default_rng(4)
    unusual = Unusual()
    unusual.learn(accounts(rng, 600, events=20, openings=0.3))
    some = accounts(rng, 20, events=20, openings=0.3)
    assert unusual.scores(some).tolist() == unusual.scores(some).tolist()
