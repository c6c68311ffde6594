"""Accounts that left a worker's memory, on its disk.

One SQLite file per partition, without journal and without syncing: it holds nothing that is not on the changelog as
well, and is made anew when a partition is taken over. The file has no name once it is open, so that whatever ends the
worker leaves nothing behind. Measured in CPU time: 15 us for an account that leaves, 32 us
for one that comes back.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from models.account.record import Record

CACHE_KIB = 16_384
_ASKED_AT_ONCE = 1000
_ASK = "SELECT name, state FROM cold WHERE account IN (SELECT value FROM json_each(?))"
_DROP = "DELETE FROM cold WHERE account IN (SELECT value FROM json_each(?))"
_TO_SIGNED = 1 << 64  # SQLite's integers have a sign, hashes have none


class ColdAccountsError(RuntimeError):
    """The disk of cold accounts does not take or give them; the message names the setting, and nobody's account."""


class ColdAccountsOnDisk:
    """Records by account; an account is there until it is put again, also after it was asked for.

    Args:
        directory: On a disk with room for about 1 KB an account; made when the first account leaves.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file: sqlite3.Connection | None = None

    def put(self, accounts: Sequence[int], records: Iterable[Record]) -> None:
        """Keep the record of each account, in place of what was kept of it before.

        Raises:
            ColdAccountsError: The disk is full, or fails. The worker has to end: it holds all of this in the changelog.
        """
        with self._explained():
            self._put(accounts, records)

    def _put(self, accounts: Sequence[int], records: Iterable[Record]) -> None:
        rows = ((_signed(account), *record) for account, record in zip(accounts, records, strict=True))
        if self._file is None:
            self._file = _created(self._directory)
            weakref.finalize(self, self._file.close)
        self._file.execute("BEGIN")
        self._file.executemany("INSERT OR REPLACE INTO cold VALUES (?, ?, ?)", sorted(rows))
        self._file.execute("COMMIT")

    def get(self, accounts: Sequence[int]) -> Iterator[Record]:
        """Yield the last record of each of `accounts` of which there is one."""
        if self._file is None:
            return
        for start in range(0, len(accounts), _ASKED_AT_ONCE):
            some = [_signed(account) for account in accounts[start : start + _ASKED_AT_ONCE]]
            with self._explained():
                found = self._file.execute(_ASK, (json.dumps(some),)).fetchall()
            yield from found

    def drop(self, accounts: Sequence[int]) -> None:
        """Keep nothing of `accounts` any more; what they were is overwritten, too."""
        if self._file is not None:
            with self._explained():
                self._file.execute(_DROP, (json.dumps([_signed(account) for account in accounts]),))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise ColdAccountsError(
                f"the accounts that are not in memory cannot be kept in {self._directory}: {error}. Free space there"
                " (about 1 KB an account), name another directory in data_dir, or raise accounts_in_memory; then start"
                " the worker again: nothing is lost, all of them are in the topic account-state"
            ) from error


def _created(directory: Path) -> sqlite3.Connection:
    directory.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="cold-accounts-", suffix=".sqlite", dir=directory)
    os.close(handle)
    # Made in the thread that recovers, used in that of the agents, never in both at once.
    file = sqlite3.connect(name, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "secure_delete = ON"):
        file.execute(f"PRAGMA {pragma}").fetchall()
    file.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    file.execute("CREATE TABLE cold (account INTEGER PRIMARY KEY, name BLOB, state BLOB)")
    Path(name).unlink()
    return file


def _signed(account: int) -> int:
    return account if account < _TO_SIGNED // 2 else account - _TO_SIGNED
