"""Chains: who is joined to whom by any number of small links of a kind.

A reasoning block that crossed owners has two of them or three, a card ten, so it is the chain of blocks, or of cards
and registrations, that shows an operation. A chain is kept as one link whose owners are all accounts that it joins; its
key is that of one of its links.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from models.link.owners import OwnerTable
from models.sighting import SIGHTING, Sightings, joined, raw


@dataclass(slots=True)
class Chains:
    """Which chain each account is in, by the chain's key."""

    _of_account: dict[int, int] = field(default_factory=dict)
    _accounts: dict[int, list[int]] = field(default_factory=dict)
    _first_of: dict[int, int] = field(default_factory=dict)  # by key, an account that holds it

    def join(self, sightings: Sightings, table: OwnerTable) -> Sightings:
        """Return sightings of links as sightings of chains.

        Args:
            sightings: Of the links, all owners of a link together when it is first seen.
            table: Where the owners of chains are kept; chains that become one become one there.
        """
        keys, accounts_of = sightings["key"].tolist(), dict[int, list[int]]()
        for key, account in zip(keys, sightings["owner"]["account"].tolist(), strict=True):
            accounts_of.setdefault(key, []).append(account)
        chain_of: dict[int, int] = {}
        moved: list[Sightings] = []
        for key, accounts in sorted(accounts_of.items()):
            # Who comes to a link later comes alone: the first who held it says which chain it is in.
            first = self._first_of.setdefault(key, accounts[0])
            chain, ended = self._chain_of(key, [*accounts, first])
            for other in ended:
                rows = raw(table.of(other)).copy().view(SIGHTING)
                rows["key"] = chain
                moved.append(rows)
                chain_of |= {one: chain for one, its in chain_of.items() if its == other}
            chain_of[key] = chain
        chained = raw(sightings).copy().view(SIGHTING)
        chained["key"] = np.array([chain_of[key] for key in keys], dtype=np.uint64)
        return joined([chained, *moved])

    def forget(self, keys: Iterable[int]) -> None:
        """Forget the chains among links with `keys`, and who is in them."""
        for chain in keys:
            for account in self._accounts.pop(chain, ()):
                if self._of_account.get(account) == chain:
                    del self._of_account[account]
        self._first_of = {key: first for key, first in self._first_of.items() if first in self._of_account}

    def _chain_of(self, key: int, accounts: list[int]) -> tuple[int, list[int]]:
        """Return the chain of `accounts`, which a link with `key` joins, and the chains that end in it."""
        already = {self._of_account[account] for account in accounts if account in self._of_account}
        chain = max(already, key=lambda one: (len(self._accounts[one]), one)) if already else key
        ended = sorted(already - {chain})
        members = self._accounts.setdefault(chain, [])
        for account in [*accounts, *(one for other in ended for one in self._accounts.pop(other))]:
            if self._of_account.get(account) != chain:
                self._of_account[account] = chain
                members.append(account)
        return chain, ended
