"""The latest sighting of every owner of every link, in one table.

A link may have one owner (nearly all do) or a hundred thousand. One array holds all sightings, two indices say where
they are, and compiled loops do the rest (`models.link.table`): a sighting costs 0.3 us to take in, where dictionaries
and lists cost 8. Rows are gathered with `picked`, which copies them whole, where indexing does it field by field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.distinct import distinct
from models.link.holders import as_dedicated, holders
from models.link.table import (
    LINK,
    compact,
    due,
    find_link,
    find_row,
    index_links,
    index_rows,
    last_seen,
    rows_of,
    suspects,
    take_in,
)
from models.sighting import SIGHTING, Sightings, picked, raw

_LEAST = 1024
A = TypeVar("A", bound=np.generic)


@dataclass(slots=True)
class OwnerTable:
    """Sightings by link and account; the later one wins, so that repeats and reordering change nothing.

    Attributes:
        rows: Dtype `SIGHTING`; the first `used` are in use.
        links: Dtype `LINK`, one per link; the first `linked` are in use.
        max_owners: Of a link; with one more it is public, and no others are kept.
        forgotten: Rows that were forgotten so far.

    >>> table, rows = OwnerTable(), np.zeros(3, SIGHTING)
    >>> rows["key"], rows["owner"]["account"], rows["link_events"] = 7, [1, 2, 1], [1, 1, 5]
    >>> len(table.learn(rows)), table.count(7), table.of(7)["link_events"].tolist(), len(table.learn(rows))
    (2, 2, [5, 1], 0)
    """

    rows: Sightings = field(default_factory=lambda: np.zeros(_LEAST, dtype=SIGHTING))
    links: NDArray[np.void] = field(default_factory=lambda: np.zeros(_LEAST, dtype=LINK))
    used: int = 0
    linked: int = 0
    max_owners: int = 2**31 - 2
    forgotten: int = 0
    _chain: NDArray[np.int32] = field(default_factory=lambda: np.zeros(_LEAST, dtype=np.int32))
    _touched: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(_LEAST, dtype=np.bool_))
    _row_index: NDArray[np.int32] = field(default_factory=lambda: np.zeros(2 * _LEAST, dtype=np.int32))
    _link_index: NDArray[np.int32] = field(default_factory=lambda: np.zeros(2 * _LEAST, dtype=np.int32))
    # Links that were asked for by key are asked for again and again: their numbers, and a view of all counts.
    _numbers: dict[int, int] = field(default_factory=dict)
    _counts: NDArray[np.int32] = field(init=False)

    def __post_init__(self) -> None:
        self._counts = self.links["count"]

    def learn(self, sightings: Sightings) -> Sightings:
        """Take in sightings; return the owners that are new or changed, once each, in the order in which they came."""
        places = self.learn_places(sightings)
        rows: Sightings = picked(self.rows, places)
        return rows

    def learn_places(self, sightings: Sightings) -> NDArray[np.int64]:
        """Take in sightings; return the row numbers of the owners that are new or changed, ascending."""
        self._make_room(len(sightings))
        changed = np.empty(len(sightings), dtype=np.int64)
        self.used, self.linked, changes = take_in(
            sightings, self.rows, self._chain, self._row_index, self.links, self._link_index, self.used, self.linked,
            self.max_owners, self._touched, changed,
        )  # fmt: skip
        return np.sort(changed[:changes])

    def count(self, key: int) -> int:
        """Return the number of owners of a link."""
        at = self.link_number(key)
        return int(self._counts[at]) if at >= 0 else 0

    def of(self, key: int) -> Sightings:
        """Return the owners of a link, in the order in which they came."""
        at = self.link_number(key)
        return self.owners_of(at) if at >= 0 else self.rows[:0]

    def flag(self, key: int, account: int, bit: int, *, on: bool) -> None:
        """Set or clear a bit of an owner's flags; nothing happens when the account does not own the link."""
        at = int(self._row_index[find_row(self.rows, self._row_index, np.uint64(key), np.uint64(account))]) - 1
        if at >= 0:
            flags = self.rows["owner"]["flags"]
            flags[at] = flags[at] | np.uint32(bit) if on else flags[at] & ~np.uint32(bit)

    def owners_of(self, number: int) -> Sightings:
        """Return the owners of link number `number`, in the order in which they came."""
        rows: Sightings = picked(self.rows, self.places_of(number))
        return rows

    def places_of(self, number: int) -> NDArray[np.int64]:
        """Return the row numbers of the owners of link number `number`, in the order in which they came."""
        places: NDArray[np.int64] = rows_of(self.links[number], self._chain)
        return places

    def suspects_of(self, number: int, exempt: int, min_dedication: float) -> NDArray[np.int64]:
        """Return the row numbers of the owners of link number `number` who are not flagged as `exempt`.

        Args:
            number: Of the link.
            exempt: Bits of `flags`.
            min_dedication: Share of an owner's conversations that must be on the link; 0 takes all.
        """
        found: NDArray[np.int64] = suspects(self.rows, self._chain, self.links[number], exempt, min_dedication)
        return found

    def holders_of(
        self, keys: Sequence[int], exempt: int, min_dedication: Sequence[float], share_of_typical: float
    ) -> NDArray[np.int64]:
        """Return the row numbers of the suspects (see `suspects_of`) of at least half of some links, by account.

        Of each account the one row, on the link that it uses most.

        Args:
            keys: Of the links.
            exempt: Bits of `flags`.
            min_dedication: For each link.
            share_of_typical: How dedicated they have to be, as a share of the median; 0 takes all.
        """
        numbers = np.array([self.link_number(key) for key in keys], dtype=np.int64)
        needed = np.array(min_dedication, dtype=np.float64)
        found: NDArray[np.int64] = holders(self.rows, self._chain, self.links, numbers, exempt, needed)
        if share_of_typical:
            found = as_dedicated(self.rows, found, share_of_typical)
        return found

    def due(
        self, places: NDArray[np.int64], max_owners: int, needed: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], list[int]]:
        """Say what is to be done about the changed rows numbered `places`.

        Args:
            places: Row numbers.
            max_owners: Of a watched link that is not public.
            needed: Shape (256,): with how many owners a link can be watched, by kind. With fewer, it is looked at once
                it has them.

        Returns:
            The numbers of those on watched links with at most `max_owners`; and the numbers of the links, in the order
            of their keys, that are not watched and have as many owners as they were to be looked at with.
        """
        known, looks = np.empty(len(places), dtype=np.bool_), np.empty(len(places), dtype=np.int64)
        due(self.rows, places, self.links, self._link_index, max_owners, needed, known, looks)
        numbers = distinct(looks[looks >= 0])
        if len(numbers) > 1:
            numbers = numbers[np.argsort(self.links["key"][numbers])]
        return places[known], numbers.tolist()

    def link_number(self, key: int) -> int:
        """Return the place of a link in `links`, -1 when it has no owner."""
        number = self._numbers.get(key)
        if number is None:
            number = int(self._link_index[find_link(self.links, self._link_index, np.uint64(key))]) - 1
            if number >= 0:
                self._numbers[key] = number
        return number

    def last_seen(self) -> NDArray[np.int64]:
        """Return the time of the last sighting on each link, epoch ms; shape (linked,)."""
        seen: NDArray[np.int64] = last_seen(self.rows, self._chain, self.links, self.linked)
        return seen

    def forget(self, gone: NDArray[np.bool_]) -> None:
        """Forget the links in `gone`, shape (linked,), with all owners; row and link numbers are others afterwards."""
        before = self.used
        self.used, self.linked = compact(self.rows, self._chain, self.used, self.links, self.linked, gone)
        self.forgotten += before - self.used
        self._numbers.clear()
        self._hold_rows(min(len(self.rows), _power_of_two(max(self.used, _LEAST))))
        self._hold_links(min(len(self.links), _power_of_two(max(self.linked, _LEAST))))

    def _make_room(self, more: int) -> None:
        """Grow until `more` rows, each with a link of its own, would leave the indices half empty."""
        if self.used + more > len(self.rows):
            self._hold_rows(_power_of_two(self.used + more))
        if self.linked + more > len(self.links):
            self._hold_links(_power_of_two(self.linked + more))

    def _hold_rows(self, size: int) -> None:
        """Have room for `size` rows, and index those in use."""
        self.rows, self._chain = _sized(self.rows, self.used, size), _sized(self._chain, self.used, size)
        self._touched = np.zeros(size, dtype=np.bool_)
        self._row_index = np.zeros(2 * size, dtype=np.int32)
        index_rows(self.rows, self.used, self._row_index)

    def _hold_links(self, size: int) -> None:
        """Have room for `size` links, and index those in use."""
        self.links = _sized(self.links, self.linked, size)
        self._link_index = np.zeros(2 * size, dtype=np.int32)
        index_links(self.links, self.linked, self._link_index)
        self._counts = self.links["count"]


def _sized(array: NDArray[A], used: int, size: int) -> NDArray[A]:
    """Return an array of `size` entries with the first `used` of `array`; itself, when it has that size."""
    if len(array) == size:
        return array
    sized = np.zeros(size, dtype=array.dtype)
    raw(sized)[:used] = raw(array)[:used]
    return sized


def _power_of_two(least: int) -> int:
    return 1 << (least - 1).bit_length()
