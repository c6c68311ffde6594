"""Compiled: who holds most of several links, and who of those is as dedicated as the others.

A group is asked for its members with every look, and its arrays are of some dozens: sorted, counted and copied by NumPy
they cost 35 us for one link and 125 for eight, in these loops 15 and 65.

`rows`, `chain` and `links` are as in `models.link.table`.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201, D417

from __future__ import annotations

import numpy as np
from numba import njit

from models.link.table import suspects


@njit(cache=True)
def holders(rows, chain, links, numbers, exempt, min_dedication):
    """Return the row numbers of the suspects of at least half the links, in the order of accounts.

    Of each account the one row on the link that it uses most, of equal ones the earlier link's.

    Args:
        numbers: Of the links, shape (n,); -1 is a link of nobody.
        exempt, min_dedication: See `suspects`; the latter for each link, shape (n,).
    """
    owners = 0
    for number in numbers:
        owners += links[number].count if number >= 0 else 0
    places, made = np.empty(owners, dtype=np.int64), 0
    for i in range(numbers.shape[0]):
        if numbers[i] >= 0:
            for at in suspects(rows, chain, links[numbers[i]], exempt, min_dedication[i]):
                places[made] = at
                made += 1
    accounts = np.empty(made, dtype=np.uint64)
    for i in range(made):
        accounts[i] = rows[places[i]].owner.account
    order = np.argsort(accounts, kind="mergesort")  # which is stable: an account's rows stay in the order of links
    most_used, found, begin = np.empty(made, dtype=np.int64), 0, 0
    while begin < made:
        best, end = places[order[begin]], begin + 1
        while end < made and accounts[order[end]] == accounts[order[begin]]:
            at = places[order[end]]
            if rows[at].link_events > rows[best].link_events:
                best = at
            end += 1
        if 2 * (end - begin) >= numbers.shape[0]:
            most_used[found] = best
            found += 1
        begin = end
    return most_used[:found]


@njit(cache=True)
def as_dedicated(rows, places, share_of_typical):
    """Return those of `places` whose owner is at least so dedicated, as a share of the median (`link.dedication`)."""
    n = places.shape[0]
    if n == 0:
        return places
    shares = np.empty(n, dtype=np.float64)
    for i in range(n):
        row = rows[places[i]]
        shares[i] = min(row.link_events / max(row.owner.openings, 1), 1.0)
    ordered = np.sort(shares)
    typical = ordered[n // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / 2.0
    return places[shares >= share_of_typical * typical]
