"""Compiled look-ups of the owner table: which row holds an account on a link, and which rows a link has.

Both indices are open-addressing tables of row or link numbers plus one (0 is empty), a power of two long and at most
half full; entries are compared with the full keys, so hashes that collide cost time and nothing else. A link's rows are
a chain in the order in which they came.

`rows` has dtype `SIGHTING`, `chain` (i4) the next row of the same link, `links` dtype `LINK`.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201, ANN202, D417

from __future__ import annotations

import numpy as np
from numba import njit

# One link: `first` and `last` are the ends of its chain of rows, `next_look` and `watched` are the link model's.
LINK = np.dtype(
    [("key", "u8"), ("count", "i4"), ("first", "i4"), ("last", "i4"), ("next_look", "i4"), ("watched", "?")]
)
END = -1

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio (Knuth): spreads keys that differ in few bits


@njit(cache=True)
def _start(word, size):
    return (word * _MIX >> np.uint64(20)) & np.uint64(size - 1)


@njit(cache=True)
def find_link(links, index, key):
    """Return the place in `index` of a link's number, or the empty one where it would go."""
    place = _start(key, index.shape[0])
    while index[place] != 0 and links[index[place] - 1].key != key:
        place = (place + np.uint64(1)) & np.uint64(index.shape[0] - 1)
    return place


@njit(cache=True)
def find_row(rows, index, key, account):
    """Return the place in `index` of the number of an owner's row, or the empty one where it would go."""
    place = _start(key * _MIX ^ account, index.shape[0])
    while index[place] != 0:
        row = rows[index[place] - 1]
        if row.key == key and row.owner.account == account:
            break
        place = (place + np.uint64(1)) & np.uint64(index.shape[0] - 1)
    return place


@njit(cache=True)
def index_rows(rows, used, index):
    """Fill the empty `index` with the first `used` rows."""
    for at in range(used):
        index[find_row(rows, index, rows[at].key, rows[at].owner.account)] = at + 1


@njit(cache=True)
def index_links(links, used, index):
    """Fill the empty `index` with the first `used` links."""
    for at in range(used):
        index[find_link(links, index, links[at].key)] = at + 1


@njit(cache=True)
def _progress(sighting):
    """Order sightings of one owner: by requests, then by requests on the link."""
    return np.uint64(sighting.owner.events) << np.uint64(32) | np.uint64(sighting.link_events)


@njit(cache=True)
def _is_news(one, known):
    """Whether a sighting says more than a known one: of equal ones the later does, when facts came in between."""
    ahead, before = _progress(one), _progress(known)
    return ahead > before or (ahead == before and one.ts > known.ts)


@njit(cache=True)
def take_in(sightings, rows, chain, row_index, links, link_index, used, linked, most, touched, changed):
    """Write what is new; room for all of it must have been made.

    Args:
        used, linked: Rows and links in use.
        most: Owners of a link beyond which one more owner is kept, who makes it public, and no others.
        touched: Shape (rows,), all False; all False again afterwards.
        changed: To write to: the numbers of the rows that changed, each once.

    Returns:
        (rows in use, links in use, rows changed)
    """
    changes = 0
    for i in range(sightings.shape[0]):
        one = sightings[i]
        place = find_row(rows, row_index, one.key, one.owner.account)
        at = np.int64(row_index[place]) - 1
        if at < 0:
            number = np.int64(link_index[find_link(links, link_index, one.key)]) - 1
            if number >= 0 and links[number].count > most:
                continue
            at = used
            row_index[place] = used + 1
            linked = _append(links, link_index, chain, one.key, at, linked)
            used += 1
        else:
            if not _is_news(one, rows[at]):
                continue
        rows[at] = one
        if not touched[at]:
            touched[at] = True
            changed[changes] = at
            changes += 1
    for i in range(changes):
        touched[changed[i]] = False
    return used, linked, changes


@njit(cache=True)
def _append(links, index, chain, key, at, linked):
    """Put row number `at` at the end of its link's chain, the link made if there was none; return the links in use."""
    chain[at] = END
    place = find_link(links, index, key)
    if index[place] == 0:
        link = links[linked]
        link.key, link.count, link.first, link.last, link.next_look, link.watched = key, 1, at, at, 2, False
        linked += 1
        index[place] = linked
        return linked
    link = links[index[place] - 1]
    chain[link.last] = at
    link.last = at
    link.count += 1
    return linked


@njit(cache=True)
def rows_of(link, chain):
    """Return the row numbers of a link, in the order in which they came."""
    found = np.empty(link.count, dtype=np.int64)
    at = link.first
    for i in range(link.count):
        found[i] = at
        at = chain[at]
    return found


@njit(cache=True)
def last_seen(rows, chain, links, linked):
    """Return the time of the last sighting on each of the first `linked` links, epoch ms."""
    last = np.empty(linked, dtype=np.int64)
    for number in range(linked):
        at = links[number].first
        last[number] = rows[at].ts
        for _ in range(links[number].count - 1):
            at = chain[at]
            last[number] = max(last[number], rows[at].ts)
    return last


@njit(cache=True)
def compact(rows, chain, used, links, linked, gone):
    """Move what stays to the front, in its order, when the links in `gone` (shape (linked,)) go; indices are not kept.

    Returns:
        (rows in use, links in use)
    """
    place = np.zeros(used, dtype=np.int32)
    for number in range(linked):
        at = links[number].first
        for _ in range(links[number].count if gone[number] else 0):
            place[at] = END
            at = chain[at]
    kept = 0
    for at in range(used):
        if place[at] != END:
            place[at] = kept
            rows[kept] = rows[at]
            chain[kept] = chain[at]
            kept += 1
    for at in range(kept):
        if chain[at] != END:
            chain[at] = place[chain[at]]
    left = 0
    for number in range(linked):
        if not gone[number]:
            links[left] = links[number]
            link = links[left]
            link.first, link.last = place[link.first], place[link.last]
            left += 1
    return kept, left


@njit(cache=True)
def suspects(rows, chain, link, exempt, min_dedication):
    """Return the row numbers of a link's owners without a flag in `exempt`, and with at least `min_dedication`."""
    found, made = np.empty(link.count, dtype=np.int64), 0
    at = link.first
    for _ in range(link.count):
        row = rows[at]
        share = min(row.link_events / max(row.owner.openings, 1), 1.0)
        if row.owner.flags & np.uint32(exempt) == 0 and share >= min_dedication:
            found[made] = at
            made += 1
        at = chain[at]
    return found[:made]


@njit(cache=True)
def due(rows, places, links, link_index, max_owners, needed, known, looks):
    """Say what is to be done about changed rows (numbers in `places`), and put off the looks that are of no use yet.

    Args:
        needed: Shape (256,): with how many owners a link can be watched, by kind.
        known: To write to: which of `places` are on watched links with at most `max_owners`.
        looks: To write to: the number of the link of every row on a link that is not watched and has at least as many
            owners as it is to be looked at with, and as are needed, else -1.
    """
    for i in range(places.shape[0]):
        number = np.int64(link_index[find_link(links, link_index, rows[places[i]].key)]) - 1
        link = links[number]
        known[i] = link.watched and link.count <= max_owners
        looks[i] = -1
        if not link.watched and link.count >= link.next_look:
            least = needed[rows[link.first].kind]
            if link.count < least:
                link.next_look = least
            else:
                looks[i] = number
