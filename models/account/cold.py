"""Where accounts are that have left memory: the port to it. The adapter on disk is `streams.state.cold_accounts`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from models.account.record import Record


class ColdAccounts(Protocol):
    """Records of accounts by their 64-bit hash."""

    def put(self, accounts: Sequence[int], records: Iterable[Record]) -> None:
        """Keep the record of each account, in place of what was kept of it before."""

    def get(self, accounts: Sequence[int]) -> Iterator[Record]:
        """Yield the last record of each of `accounts` of which there is one."""

    def drop(self, accounts: Sequence[int]) -> None:
        """Keep nothing of `accounts` any more, neither in a record nor in what a record left behind."""
