"""Who holds most of several links, against the same said with dictionaries."""

from statistics import median

import numpy as np
import pytest

from models.account.row import CLEARED
from models.link.link import EXEMPT, dedication
from models.link.owners import OwnerTable
from models.sighting import SIGHTING, Sightings


def sightings(rng: np.random.Generator, keys: int, accounts: int) -> Sightings:
    rows = np.zeros(4 * accounts, dtype=SIGHTING)
    rows["key"] = rng.integers(1, keys + 1, size=len(rows))
    rows["owner"]["account"] = rng.integers(1, accounts + 1, size=len(rows), dtype=np.uint64) << np.uint64(50)
    rows["owner"]["events"] = rng.integers(1, 20, size=len(rows))
    rows["owner"]["openings"] = rng.integers(0, 9, size=len(rows))
    rows["link_events"] = rng.integers(0, 6, size=len(rows))
    rows["owner"]["flags"] = np.where(rng.random(len(rows)) < 0.1, CLEARED, 0)
    return rows


def held_by_most(table: OwnerTable, keys: list[int], least: list[float], share: float) -> list[bytes]:
    of_account: dict[int, list[Sightings]] = {}
    for key, needed in zip(keys, least, strict=True):
        for row in table.of(key):
            if not row["owner"]["flags"] & EXEMPT and dedication(row.reshape(1))[0] >= needed:
                of_account.setdefault(int(row["owner"]["account"]), []).append(row)
    held = [rows for _, rows in sorted(of_account.items()) if len(rows) >= len(keys) / 2]
    members = [max(rows, key=lambda row: int(row["link_events"])) for rows in held]  # the first of equal ones
    shares = [float(dedication(row.reshape(1))[0]) for row in members]
    return [row.tobytes() for row, one in zip(members, shares, strict=True) if one >= share * median(shares)]


@pytest.mark.parametrize("links", [1, 2, 3, 7])
@pytest.mark.parametrize("share", [0.0, 0.6])
def test_members_hold_half_of_the_links_and_are_as_dedicated_as_others(links: int, share: float) -> None:
    rng = np.random.default_rng(links)
    for accounts in (2, 9, 40, 41):
        table = OwnerTable()
        table.learn(sightings(rng, links, accounts))
        keys, least = [*range(links, 0, -1)], [0.2 * (key % 2) for key in range(links)]
        places = table.holders_of(keys, EXEMPT, least, share)
        assert [row.tobytes() for row in table.rows[places]] == held_by_most(table, keys, least, share)


def test_links_of_nobody_have_no_members_and_count_as_links() -> None:
    table, rows = OwnerTable(), np.zeros(2, dtype=SIGHTING)
    rows["key"], rows["owner"]["account"] = 1, [5, 4]
    table.learn(rows)
    assert table.rows["owner"]["account"][table.holders_of([1, 2], EXEMPT, [0.0, 0.0], 0.6)].tolist() == [4, 5]
    assert not len(table.holders_of([1, 2, 3], EXEMPT, [0.0] * 3, 0.6))
