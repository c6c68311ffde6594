"""The accounts of one partition, row beside row."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN202

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.account.columns import Columns
from models.account.row import ACCOUNT
from models.links import stable_hash

_MIX = np.uint64(0x9E3779B97F4A7C15)  # spreads keys that differ in few bits, see `models.account.repeats`


@njit(cache=True)
def _find(rows, index, account):
    """Return the place of an account's row number, plus one, in `index`, or the empty place where it would go."""
    mask = np.uint64(index.shape[0] - 1)
    place = (account * _MIX >> np.uint64(20)) & mask
    while index[place] != 0 and rows[index[place] - 1].account != account:
        place = (place + np.uint64(1)) & mask
    return place


@njit(cache=True)
def _fill(rows, index, used):
    """Fill the empty `index` with the first `used` rows."""
    for at in range(used):
        index[_find(rows, index, rows[at].account)] = at + 1


@njit(cache=True)
def _look_up(rows, index, exchanges, found, strange):
    """Write each event's row number, -1 where there is none, and whether its organisation is not the row's."""
    for i in range(exchanges.shape[0]):
        at = np.int64(index[_find(rows, index, exchanges[i].account)]) - 1
        found[i] = at
        strange[i] = at < 0 or rows[at].org != exchanges[i].org


class AccountBank:
    """Grows a table of `ACCOUNT` rows and remembers which account has which.

    Accounts are told apart by their 64-bit hashes; of a million accounts two share one with probability 3e-8.

    >>> bank = AccountBank()
    >>> bank.place_for("a"), bank.place_for("b"), bank.place_for("a"), bank.names
    (0, 1, 0, ['a', 'b'])
    """

    def __init__(self, capacity: int = 1024) -> None:
        self.rows: NDArray[np.void] = np.zeros(capacity, dtype=ACCOUNT)
        self.names: list[str] = []
        self._index = np.zeros(2 * capacity, dtype=np.int32)
        self._org_names: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.names)

    def place_of(self, name: str) -> int | None:
        """Return the row number of account `name`, or None when it has none."""
        return self._place(stable_hash(name))

    def place_for(self, name: str) -> int:
        """Return the row number of account `name`, making a row when it has none."""
        account = stable_hash(name)
        known = self._place(account)
        return self._add(account, name) if known is None else known

    def rows_of(self, columns: Columns) -> NDArray[np.int64]:
        """Return the row number of the account of each event, making rows for new ones."""
        index = np.empty(len(columns), dtype=np.int64)
        strange = np.empty(len(columns), dtype=np.bool_)
        _look_up(self.rows, self._index, columns.exchanges, index, strange)
        for i in np.flatnonzero(index < 0).tolist():
            index[i] = self.place_for(columns.account_id(i))
        for i in np.flatnonzero(strange).tolist():
            self.know_org(columns.org_id(i))
        return index

    def know_org(self, org: str | None) -> None:
        """Remember the name of an organisation, so that `name_of` can say it."""
        if org is not None:
            self._org_names[stable_hash(org)] = org

    def name_of(self, name_hash: int) -> str:
        """Return the `account_id` or `org_id` behind a hash; KeyError when the bank has seen neither."""
        place = self._place(name_hash)
        return self._org_names[name_hash] if place is None else self.names[place]

    def place_of_hash(self, account: int) -> int | None:
        """Return the row number of the account with a hash, or None when it has none."""
        return self._place(account)

    def restore(self, name: str, row: np.void) -> int:
        """Put back a row that was packed before, over what is there; return its number."""
        place = self.place_for(name)
        self.rows[place] = row
        return place

    def _place(self, account: int) -> int | None:
        place = int(self._index[_find(self.rows, self._index, np.uint64(account))])
        return place - 1 if place else None

    def _add(self, account: int, name: str) -> int:
        place = len(self.names)
        if place == len(self.rows):
            grown = np.zeros(2 * place, dtype=ACCOUNT)
            grown[:place] = self.rows
            self.rows, self._index = grown, np.zeros(4 * place, dtype=np.int32)
            _fill(self.rows, self._index, place)
        self.names.append(name)
        self.rows[place]["account"] = account
        self._index[_find(self.rows, self._index, np.uint64(account))] = place + 1
        return place
