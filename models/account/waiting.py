"""Which accounts wait for a chunk's links and are not in memory: they have to be, before the chunk is applied."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN202

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.account.bank import AccountBank, find_account
from models.account.columns import Columns
from models.account.repeats import ADMITTED, RepeatFilter, find


@njit(cache=True)
def _is_elsewhere(rows, index, young, old, key):
    """Return the account that waits for the second use of a key and has no row, 0 where there is none."""
    entry = young[find(young, key)]
    account = entry.account if entry.key != 0 else old[find(old, key)].account
    return account if account != ADMITTED and index[find_account(rows, index, account)] == 0 else np.uint64(0)


@njit(cache=True)
def _elsewhere(rows, index, young, old, exchanges, templates, out):
    found = 0
    for key in templates:
        out[found] = _is_elsewhere(rows, index, young, old, key)
        found += out[found] != 0
    for one in exchanges:
        for key in (one.payment, one.signup, one.ip, one.tls):
            if key != 0:
                out[found] = _is_elsewhere(rows, index, young, old, key)
                found += out[found] != 0
    return found


def waiting_elsewhere(bank: AccountBank, keys: RepeatFilter, columns: Columns) -> NDArray[np.uint64]:
    """Return the hashes of the accounts that brought a link of these events first and have no row."""
    templates = columns.templates[columns.bounds[0] : columns.bounds[-1]]
    out = np.empty(len(templates) + 4 * len(columns) + 1, dtype=np.uint64)
    found = _elsewhere(bank.rows, bank.index, keys.young, keys.old, columns.exchanges, templates, out)
    return np.unique(out[:found])
