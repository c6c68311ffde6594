"""Which links are watched follows from their owners, not from how these arrived."""

import numpy as np
import pytest

from models.link.shard import LinkShard
from models.links import LinkKind
from models.sighting import SIGHTING, Sightings


def owners(orgs: list[int]) -> Sightings:
    rows = np.zeros(len(orgs), dtype=SIGHTING)
    rows["key"], rows["kind"], rows["link_events"] = 7, LinkKind.TLS, 1
    rows["owner"]["account"] = np.arange(1, len(orgs) + 1)
    rows["owner"]["org"] = orgs
    rows["owner"]["events"] = 1
    return rows


@pytest.mark.parametrize("batch", [1, 2, 5, 13, 100])
@pytest.mark.parametrize("related", [0, 1, 3])
def test_a_link_of_twelve_unrelated_owners_is_watched_however_they_came(batch: int, related: int) -> None:
    shard, told = LinkShard(), []
    everyone = owners([*([99] * related), *range(1, 13)])  # those related come first and count as one
    for start in range(0, len(everyone), batch):
        told += shard.process(everyone[start : start + batch])["owner"]["account"].tolist()
    assert set(told) == set(everyone["owner"]["account"].tolist())


def test_a_link_of_eleven_is_not() -> None:
    shard = LinkShard()
    assert len(shard.process(owners([*([99] * 5), *range(1, 11)]))) == 0
