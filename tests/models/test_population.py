"""The bottom-k sample of accounts, against its definition."""

import numpy as np

from models.population import TAUGHT, Population
from models.sighting import OWNER


def test_the_sample_holds_the_smallest_hashes_with_the_most_requests_seen_of_each():
    rng = np.random.default_rng(0)
    capacity = TAUGHT + 50
    population, seen = Population(capacity=capacity), {}
    for _ in range(200):
        owners = np.zeros(rng.integers(0, 40), dtype=OWNER)
        owners["account"] = rng.integers(1, 3000, size=len(owners))
        owners["events"], owners["first"] = rng.integers(1, 30, size=(2, len(owners)))
        population.learn(owners)
        for owner in owners:
            known = seen.get(int(owner["account"]))
            if known is None or owner["events"] > known["events"]:
                seen[int(owner["account"])] = owner.copy()
        expected = [seen[account] for account in sorted(seen)[:capacity]]
        assert len(population) == len(expected)
    kept = population.reference(set()).owners
    assert len(kept) == capacity
    assert kept[["account", "events"]].tolist() == [(one["account"], one["events"]) for one in expected]
