"""The accounts of one partition that are in memory, row beside row.

Accounts that were not active for long can leave for a store of cold ones (`models.account.cold`), and are recalled by
whatever asks for them: their row number then is another one. So what outlives a chunk names accounts by hash.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201, ANN202

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.account.cold import ColdAccounts
from models.account.columns import Columns
from models.account.record import of_record, to_records
from models.account.row import ACCOUNT
from models.distinct import distinct
from models.links import stable_hash
from models.sighting import picked, raw

_MIX = np.uint64(0x9E3779B97F4A7C15)  # spreads keys that differ in few bits, see `models.account.repeats`


@njit(cache=True)
def find_account(rows, index, account):
    """Return the place of an account's row number, plus one, in `index`, or the empty place where it would go."""
    mask = np.uint64(index.shape[0] - 1)
    place = (account * _MIX >> np.uint64(20)) & mask
    while index[place] != 0 and rows[index[place] - 1].account != account:
        place = (place + np.uint64(1)) & mask
    return place


@njit(cache=True)
def _enter(rows, index, accounts, places):
    """Give accounts that have no row those at `places`."""
    for i in range(places.shape[0]):
        rows[places[i]].account = accounts[i]
        index[find_account(rows, index, accounts[i])] = places[i] + 1


@njit(cache=True)
def _find_all(rows, index, accounts, found):
    """Write the row number of each of some accounts, -1 where there is none."""
    for i in range(accounts.shape[0]):
        found[i] = np.int64(index[find_account(rows, index, accounts[i])]) - 1


@njit(cache=True)
def _leave(rows, index, places):
    """Take rows out of the index: what stood behind them because of them moves up."""
    mask = np.uint64(index.shape[0] - 1)
    for at in places:
        hole = np.uint64(find_account(rows, index, rows[at].account))
        place = (hole + np.uint64(1)) & mask
        while index[place] != 0:
            home = (rows[index[place] - 1].account * _MIX >> np.uint64(20)) & mask
            if (place - home) & mask >= (place - hole) & mask:
                index[hole] = index[place]
                hole = place
            place = (place + np.uint64(1)) & mask
        index[hole] = 0


@njit(cache=True)
def _fill(rows, index, used):
    """Fill the empty `index` with those of the first `used` rows that have an account."""
    for at in range(used):
        if rows[at].account != 0:
            index[find_account(rows, index, rows[at].account)] = at + 1


@njit(cache=True)
def _look_up(rows, index, exchanges, found, strange):
    """Write each event's row number, -1 where there is none, and whether its organisation is not the row's."""
    for i in range(exchanges.shape[0]):
        at = np.int64(index[find_account(rows, index, exchanges[i].account)]) - 1
        found[i] = at
        strange[i] = at < 0 or rows[at].org != exchanges[i].org


class AccountBank:
    """Grows a table of `ACCOUNT` rows and remembers which account has which.

    Accounts are told apart by their 64-bit hashes; of a million accounts two share one with probability 3e-8.

    Args:
        capacity: Rows at first, a power of two.
        cold: Where accounts are that have left; None: nobody ever leaves.

    Attributes:
        names: Account ids by row number; empty where a row is free.
        arrived: Shape (rows,), the rows that were taken since somebody last cleared this.
        unsaved: Shape (rows,), the rows that `models.account.state` has to save yet, which marks them.
        recalled, left: How many accounts came back from the cold ones, and how many went there.

    >>> bank = AccountBank()
    >>> bank.place_for("a"), bank.place_for("b"), bank.place_for("a"), bank.names
    (0, 1, 0, ['a', 'b'])
    """

    def __init__(self, capacity: int = 1024, cold: ColdAccounts | None = None) -> None:
        self.rows: NDArray[np.void] = np.zeros(capacity, dtype=ACCOUNT)
        self.names: list[str] = []
        self.index = np.zeros(2 * capacity, dtype=np.int32)
        self._org_names: dict[int, str] = {}
        self._cold = cold
        self._free: list[int] = []
        self.arrived, self.unsaved = np.zeros((2, capacity), dtype=np.bool_)
        self.recalled = self.left = 0

    def __len__(self) -> int:
        return len(self.names) - len(self._free)

    @property
    def has_cold(self) -> bool:
        """Whether any account may be elsewhere."""
        return self.left > 0

    def place_of(self, name: str) -> int | None:
        """Return the row number of account `name`, or None when nothing is known of it."""
        return self._recalled(stable_hash(name))

    def place_for(self, name: str) -> int:
        """Return the row number of account `name`, making a row when it has none."""
        account = stable_hash(name)
        known = self._recalled(account)
        return self._add([account], [name])[0] if known is None else known

    def rows_of(self, columns: Columns) -> NDArray[np.int64]:
        """Return the row number of the account of each event, making rows for new ones."""
        index = np.empty(len(columns), dtype=np.int64)
        strange = np.empty(len(columns), dtype=np.bool_)
        _look_up(self.rows, self.index, columns.exchanges, index, strange)
        strangers = np.flatnonzero(index < 0)
        if len(strangers):
            index[strangers] = self._welcome(columns, strangers)
        for i in np.flatnonzero(strange).tolist():
            self.know_org(columns.org_id(i))
        return index

    def places_of(self, accounts: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the row number of each of some accounts (hashes), -1 where it is not in memory."""
        places = np.empty(len(accounts), dtype=np.int64)
        _find_all(self.rows, self.index, accounts, places)
        return places

    def know_org(self, org: str | None) -> None:
        """Remember the name of an organisation, so that `name_of` can say it."""
        if org is not None:
            self._org_names[stable_hash(org)] = org

    def name_of(self, name_hash: int) -> str:
        """Return the `account_id` or `org_id` behind a hash; KeyError when the bank has seen neither."""
        place = self._place(name_hash)
        return self._org_names[name_hash] if place is None else self.names[place]

    def names_of(self, hashes: NDArray[np.uint64]) -> dict[int, str]:
        """Return `name_of` for each of some hashes."""
        named = zip(hashes.tolist(), self.places_of(hashes).tolist(), strict=True)
        return {one: self.names[place] if place >= 0 else self._org_names[one] for one, place in named}

    def place_of_hash(self, account: int) -> int | None:
        """Return the row number of the account with a hash, or None when it has none."""
        return self._place(account)

    def restore(self, name: str, row: np.void) -> int:
        """Put back a row that was packed before, over what is there; return its number."""
        account = stable_hash(name)
        known = self._place(account)
        place = self._add([account], [name])[0] if known is None else known
        self.rows[place] = row
        return place

    def recall(self, accounts: NDArray[np.uint64]) -> None:
        """Bring back those of `accounts` (hashes) that are cold."""
        if self._cold is None or not self.left:
            return
        missing = [one for one in accounts.tolist() if self._place(one) is None]
        for key, value in self._cold.get(missing):
            saved = of_record(key, value)
            assert saved is not None, "cold accounts are of the same version"
            self.know_org(saved.org)
            self.restore(saved.name, saved.row)
            self.recalled += 1

    def part_with(self, places: NDArray[np.int64]) -> None:
        """Let the accounts of some rows leave for the cold ones; the rows are free afterwards."""
        assert self._cold is not None, "accounts leave only when there is a place for them"
        rows, names = picked(self.rows, places), [self.names[place] for place in places.tolist()]
        orgs = ["" if org == account else self.org_of(org) for account, org in rows[["account", "org"]].tolist()]
        self._cold.put(rows["account"].tolist(), to_records(names, orgs, [0] * len(names), rows))
        self._free_up(places)
        self.left += len(names)
        self._forget_orgs()

    def forget(self, account: int) -> str | None:
        """Forget the account with a hash, wherever it is; return its name, None when nothing is known of it."""
        place = self._recalled(account)
        if self._cold is not None and self.left:
            self._cold.drop([account])  # what it was when it was last cold
        if place is None:
            return None
        name = self.names[place]
        self._free_up(np.array([place]))
        return name

    def org_of(self, org: int) -> str:
        """Return the name of an organisation, empty where there is none."""
        return self.name_of(org) if org else ""

    def _welcome(self, columns: Columns, strangers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of the accounts of some events, which have none: recalled, or made in the order of events."""
        accounts = columns.exchanges["account"][strangers]
        self.recall(distinct(accounts))
        firsts: dict[int, int] = {}
        for i, account in zip(strangers.tolist(), accounts.tolist(), strict=True):
            firsts.setdefault(account, i)
        if self.left:
            firsts = {account: i for account, i in firsts.items() if self._place(account) is None}
        self._add([*firsts], [columns.account_id(i) for i in firsts.values()])
        return self.places_of(accounts)

    def _place(self, account: int) -> int | None:
        place = int(self.index[find_account(self.rows, self.index, np.uint64(account))])
        return place - 1 if place else None

    def _recalled(self, account: int) -> int | None:
        known = self._place(account)
        if known is None and self.left:
            self.recall(np.array([account], dtype=np.uint64))
            known = self._place(account)
        return known

    def _free_up(self, places: NDArray[np.int64]) -> None:
        _leave(self.rows, self.index, places)
        self.rows[places] = np.zeros((), dtype=ACCOUNT)
        self.arrived[places] = self.unsaved[places] = False
        for place in places.tolist():
            self.names[place] = ""
        self._free += places.tolist()

    def _forget_orgs(self) -> None:
        """Forget organisations without an account here, once they are most of those known."""
        if len(self._org_names) > 2 * len(self) + 1024:
            here = set(self.rows["org"].tolist())
            self._org_names = {org: name for org, name in self._org_names.items() if org in here}

    def _add(self, accounts: list[int], names: list[str]) -> list[int]:
        """Make rows for accounts that have none, each once; return their numbers."""
        places = [self._free.pop() if self._free else self._new_place() for _ in names]
        for place, name in zip(places, names, strict=True):
            self.names[place] = name
        taken = np.array(places, dtype=np.int64)
        self.arrived[taken] = True
        _enter(self.rows, self.index, np.array(accounts, dtype=np.uint64), taken)
        return places

    def _new_place(self) -> int:
        place = len(self.names)
        if place == len(self.rows):
            grown = np.zeros(2 * place, dtype=ACCOUNT)
            raw(grown)[:place] = raw(self.rows)
            self.rows, self.index = grown, np.zeros(4 * place, dtype=np.int32)
            _fill(self.rows, self.index, place)
            self.arrived, self.unsaved = np.pad([self.arrived, self.unsaved], ((0, 0), (0, place)))
        self.names.append("")
        return place
