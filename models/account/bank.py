"""The accounts of one partition, row beside row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.account.row import ACCOUNT
from models.links import stable_hash


class AccountBank:
    """Grows a table of `ACCOUNT` rows and remembers which account has which.

    >>> bank = AccountBank()
    >>> bank.rows_of(["a", "b", "a"]).tolist(), bank.names
    ([0, 1, 0], ['a', 'b'])
    """

    def __init__(self, capacity: int = 1024) -> None:
        self.rows: NDArray[np.void] = np.zeros(capacity, dtype=ACCOUNT)
        self.names: list[str] = []
        self._places: dict[str, int] = {}
        self._hashes: dict[int, int] = {}
        self._orgs: dict[str, int] = {}
        self._org_names: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.names)

    def place_of(self, name: str) -> int | None:
        """Return the row number of account `name`, or None when it has none."""
        return self._places.get(name)

    def rows_of(self, names: Sequence[str]) -> NDArray[np.int64]:
        """Return the row number of each account, making rows for new ones."""
        places = self._places
        index = np.array([places.get(name, -1) for name in names], dtype=np.int64)
        for i in np.flatnonzero(index < 0).tolist():
            index[i] = self._add(names[i])
        return index

    def know_orgs(self, orgs: Iterable[str | None]) -> None:
        """Remember the names of organisations, so that `name_of` can say them."""
        for org in orgs:
            if org is not None and org not in self._orgs:
                self._orgs[org] = stable_hash(org)
                self._org_names[self._orgs[org]] = org

    def name_of(self, name_hash: int) -> str:
        """Return the `account_id` or `org_id` behind a hash; KeyError when the bank has seen neither."""
        place = self._hashes.get(name_hash)
        return self._org_names[name_hash] if place is None else self.names[place]

    def restore(self, name: str, row: np.void) -> None:
        """Put back a row that was packed before; an account already present keeps what it has."""
        if name not in self._places:
            self.rows[self._add(name)] = row

    def _add(self, name: str) -> int:
        known = self._places.get(name)
        if known is not None:
            return known
        place = self._places[name] = len(self.names)
        self.names.append(name)
        if place == len(self.rows):
            grown = np.zeros(2 * place, dtype=ACCOUNT)
            grown[:place] = self.rows
            self.rows = grown
        self.rows[place]["account"] = account = stable_hash(name)
        self._hashes[account] = place
        return place
