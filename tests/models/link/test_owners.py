"""The owner table against the same said with a dictionary."""

import numpy as np
import pytest

from models.link.owners import OwnerTable
from models.link.shard import LinkShard
from models.links import LinkKind
from models.policy import Policy
from models.sighting import SIGHTING, Sightings


def sightings(rng: np.random.Generator, n: int, keys: int, accounts: int) -> Sightings:
    rows = np.zeros(n, dtype=SIGHTING)
    rows["key"] = rng.integers(1, keys, size=n, dtype=np.uint64) << np.uint64(40)  # keys that differ in few bits
    rows["owner"]["account"] = rng.integers(0, accounts, size=n)
    rows["owner"]["events"] = rng.integers(1, 20, size=n)
    rows["link_events"] = rng.integers(0, 3, size=n)
    rows["ts"] = rng.integers(0, 2**40, size=n)
    return rows


@pytest.mark.parametrize(("keys", "accounts"), [(5, 400), (3000, 5), (60, 60)])
def test_the_furthest_sighting_of_each_owner_is_kept_in_the_order_of_coming(keys, accounts):
    rng = np.random.default_rng(keys)
    table, expected = OwnerTable(), {}
    for size in (0, 1, 700, 3000, 50, 2000):
        batch = sightings(rng, size, keys, accounts)
        before = dict(expected)
        for row in batch:
            name = (int(row["key"]), int(row["owner"]["account"]))
            progress = (int(row["owner"]["events"]), int(row["link_events"]), int(row["ts"]))
            if name not in expected or progress > expected[name][0]:
                expected[name] = (progress, row.copy())
        changed = table.learn(batch)
        assert [row.tobytes() for row in changed] == [
            row[1].tobytes() for name, row in expected.items() if before.get(name) is not row
        ]
    for key in {name[0] for name in expected}:
        owners = [row for name, (_, row) in expected.items() if name[0] == key]
        assert table.count(key) == len(owners)
        assert [row.tobytes() for row in table.of(key)] == [row.tobytes() for row in owners]
    assert table.count(12345) == 0
    assert len(table.of(12345)) == 0


def test_a_batch_that_comes_again_changes_nothing():
    table, batch = OwnerTable(), sightings(np.random.default_rng(1), 500, 40, 40)
    table.learn(batch)
    assert len(table.learn(batch)) == 0


def test_a_key_of_a_million_owners_is_public_and_kept_of_no_more_than_may_be():
    shard, rng = LinkShard(Policy(max_owners=1000)), np.random.default_rng(2)
    for start in range(0, 1_000_000, 100_000):
        batch = np.zeros(100_000, dtype=SIGHTING)
        batch["key"], batch["kind"], batch["link_events"] = 7, LinkKind.IP, 1
        batch["owner"]["account"] = batch["owner"]["org"] = 1 + start + rng.permutation(100_000)
        batch["owner"]["events"] = 1
        told = shard.process(batch)
    assert (shard.table.count(7), shard.table.used, len(told)) == (1001, 1001, 0)
