"""Chains join whoever shares links, however they come; and a group that parts loses nobody."""

import numpy as np

from models.campaign.book import GroupBook
from models.campaign.chains import Chains
from models.link.owners import OwnerTable
from models.links import LinkKind
from models.sighting import SIGHTING, Sightings


def on(key: int, accounts: list[int], kind: LinkKind = LinkKind.PAYMENT, events: int = 4) -> Sightings:
    rows = np.zeros(len(accounts), SIGHTING)
    rows["key"], rows["kind"] = key, kind
    rows["owner"]["account"] = rows["owner"]["org"] = accounts
    rows["owner"]["events"] = rows["owner"]["openings"] = rows["link_events"] = events
    return rows


def test_whoever_comes_to_a_link_later_joins_its_chain():
    chains, table = Chains(), OwnerTable()
    table.learn(chains.join(on(1, [10, 11, 12]), table))
    table.learn(chains.join(on(2, [12, 13]), table))
    late = chains.join(on(2, [14]), table)
    assert late["key"].tolist() == [1]
    table.learn(late)
    assert sorted(table.of(1)["owner"]["account"].tolist()) == [10, 11, 12, 13, 14]


def test_chains_that_meet_become_one():
    chains, table = Chains(), OwnerTable()
    for key, accounts in ((1, [10, 11, 12]), (2, [20, 21]), (3, [12, 20])):
        table.learn(chains.join(on(key, accounts), table))
    assert sorted(table.of(1)["owner"]["account"].tolist()) == [10, 11, 12, 20, 21]


def test_a_link_that_is_parted_from_the_group_that_it_founded_does_not_replace_it():
    book = GroupBook()
    founders = list(range(100, 120))
    (group,) = book.place(on(7, founders, LinkKind.TEMPLATE)).values()
    book.place(on(8, founders, LinkKind.TEMPLATE))
    assert set(group.links) == {7, 8}
    book.place(on(8, list(range(200, 300)), LinkKind.TEMPLATE))
    parted = book.part(group)
    assert [set(one.links) for one in parted] == [{7}]
    assert book.groups[group.id] is group
    assert {key for one in book.groups.values() for key in one.links} == {7, 8}
