"""A full table forgets invented keys and keeps what several accounts share; replayed, it forgets the same."""

from collections.abc import Iterator

import numpy as np
import pytest

from models.link.owners import OwnerTable
from models.link.shard import LinkShard
from models.links import LinkKind
from models.policy import Policy
from models.sighting import SIGHTING, Sightings, joined, picked

MOST, BATCH, POOL = 4_000, 500, 20
POOL_KEYS = (7 << 40, 8 << 40)


def flood(rng: np.random.Generator, at: int, n: int = BATCH) -> Sightings:
    """`n` sightings of keys that nobody else will use, of accounts that never come again."""
    rows = np.zeros(n, SIGHTING)
    rows["key"] = rng.integers(1, 2**40, n)
    rows["kind"], rows["ts"], rows["link_events"] = LinkKind.TEMPLATE, 1_000 * at + np.arange(n), 2
    rows["owner"]["account"] = rows["owner"]["org"] = rng.integers(1_000, 2**63, n)
    rows["owner"]["events"] = rows["owner"]["openings"] = 2
    return rows


def sighted(at: int, account: int, times: int) -> Sightings:
    """An account of the pool, seen on both of its keys."""
    rows = np.zeros(len(POOL_KEYS), SIGHTING)
    rows["key"], rows["kind"], rows["ts"], rows["link_events"] = POOL_KEYS, LinkKind.TEMPLATE, 1_000 * at, times
    rows["owner"]["account"] = rows["owner"]["org"] = account
    rows["owner"]["events"] = rows["owner"]["openings"] = times
    return rows


def stream(seed: int = 1, batches: int = 100) -> Iterator[Sightings]:
    """A flood of 50,000 keys; from its middle on, one account of a pool after another begins."""
    rng = np.random.default_rng(seed)
    for at in range(batches):
        mine = [sighted(at, account, 1 + at) for account in range(1, 1 + POOL) if at >= 40 + account]
        yield joined([flood(rng, at), *mine])


def test_a_flood_of_keys_stays_within_the_bound_and_hides_no_pool() -> None:
    bounded, free = LinkShard(Policy(link_owners_in_memory=MOST)), LinkShard()
    told: list[list[bytes]] = [[], []]
    for batch in stream():
        for shard, mine in zip((bounded, free), told, strict=True):
            mine += [row.tobytes() for row in shard.process(batch)]
        assert bounded.table.used <= MOST
        assert len(bounded.table.rows) <= 2 * MOST
    assert told[0] == told[1] != []
    for key in POOL_KEYS:
        assert bounded.table.of(key).tobytes() == free.table.of(key).tobytes()
        assert bounded.table.count(key) == POOL
    assert free.table.used > 10 * MOST
    assert bounded.table.forgotten + bounded.table.used == free.table.used


def test_who_reads_the_log_again_forgets_the_same() -> None:
    shards = [LinkShard(Policy(link_owners_in_memory=MOST)) for _ in range(2)]
    for shard in shards:
        for batch in stream():
            shard.process(batch)
    one, other = (shard.table for shard in shards)
    assert one.rows[: one.used].tobytes() == other.rows[: other.used].tobytes()
    assert one.links[: one.linked].tobytes() == other.links[: other.linked].tobytes()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_stays_is_as_it_was_and_memory_is_given_back(seed: int) -> None:
    rng, table = np.random.default_rng(seed), OwnerTable()
    batch = np.zeros(6_000, SIGHTING)
    batch["key"] = rng.integers(1, 1_500, len(batch)).astype(np.uint64) << np.uint64(40)
    batch["owner"]["account"] = rng.integers(0, 300, len(batch))
    batch["link_events"] = 1
    table.learn(batch)
    before = {key: table.of(key).tobytes() for key in table.links["key"][: table.linked].tolist()}
    gone = rng.random(table.linked) < 0.9
    left = set(table.links["key"][: table.linked][~gone].tolist())
    table.forget(gone)
    assert {key: table.of(key).tobytes() for key in before if table.count(key)} == {key: before[key] for key in left}
    assert len(table.rows) == len(table.links) == 1024
    again = picked(batch, ~np.isin(batch["key"], np.array([*left], dtype=np.uint64)))
    table.learn(again)
    assert {key: table.of(key).tobytes() for key in before} == before, "what was forgotten begins anew"


def test_of_equally_stale_links_that_of_one_owner_goes_first_and_a_watched_one_never() -> None:
    shard = LinkShard(Policy(link_owners_in_memory=100))
    watched, few, rest = np.zeros(12, SIGHTING), np.zeros(3, SIGHTING), np.zeros(84, SIGHTING)
    for key, rows in ((1, watched), (2, few)):
        rows["key"], rows["owner"]["account"], rows["owner"]["org"] = key, np.arange(len(rows)), np.arange(len(rows))
    rest["key"], rest["owner"]["account"] = np.arange(100, 184), np.arange(84)
    for rows in (watched, few, rest):
        rows["kind"], rows["ts"], rows["link_events"] = LinkKind.TLS, 5, 1
        shard.process(rows)
    later = np.zeros(2, SIGHTING)
    later["key"], later["kind"], later["ts"] = (300, 301), LinkKind.TLS, 10
    shard.process(later)
    assert (shard.table.count(1), shard.table.count(2), shard.table.used) == (12, 3, 77)


def test_links_that_are_all_watched_are_kept_and_not_looked_through_each_time() -> None:
    shard, forgot = LinkShard(Policy(link_owners_in_memory=1_200)), []
    for key in range(1, 201):
        rows = np.zeros(12, SIGHTING)
        rows["key"], rows["kind"], rows["ts"], rows["link_events"] = key, LinkKind.TLS, key, 1
        rows["owner"]["account"] = rows["owner"]["org"] = np.arange(12)
        shard.process(rows)
        forgot.append(shard._room._limit)
    assert (shard.table.used, shard.table.forgotten) == (2_400, 0)
    assert len(set(forgot)) <= 6
