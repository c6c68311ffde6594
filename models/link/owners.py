"""The latest sighting of every owner of every link, in one table.

A link may have one owner (nearly all do) or a hundred thousand. One array holds all sightings and two dictionaries
say where they are, so that a batch costs a dictionary look-up per sighting and everything else is done on arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.sighting import SIGHTING, Sightings

_MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying by it loses nothing


@dataclass(slots=True)
class OwnerTable:
    """Sightings by link and account; the later one wins, so that repeats and reordering change nothing.

    >>> table, rows = OwnerTable(), np.zeros(3, SIGHTING)
    >>> rows["key"], rows["owner"]["account"], rows["link_events"] = 7, [1, 2, 1], [1, 1, 5]
    >>> len(table.learn(rows)), table.count(7), table.of(7)["link_events"].tolist(), len(table.learn(rows))
    (2, 2, [5, 1], 0)
    """

    _rows: Sightings = field(default_factory=lambda: np.zeros(1024, dtype=SIGHTING))
    _places: dict[int, int] = field(default_factory=dict)
    _owners: dict[int, list[int]] = field(default_factory=dict)
    _used: int = 0

    def learn(self, sightings: Sightings) -> Sightings:
        """Take in sightings; return the owners that are new or changed, once each."""
        places = self._places_of(sightings)
        known = self._rows[places]
        newer = _progress(sightings) > _progress(known)
        # Of several sightings of one owner the last to be written wins, so the furthest comes last.
        order = np.flatnonzero(newer)[np.argsort(_progress(sightings)[newer], kind="stable")]
        self._rows[places[order]] = sightings[order]
        return self._rows[np.unique(places[newer])]

    def count(self, key: int) -> int:
        """Return the number of owners of a link."""
        return len(self._owners.get(key, ()))

    def of(self, key: int) -> Sightings:
        """Return the owners of a link, in the order in which they came."""
        return self._rows[self._owners.get(key, [])]

    def flag(self, key: int, account: int, bit: int, *, on: bool) -> None:
        """Set or clear a bit of an owner's flags; nothing happens when the account does not own the link."""
        sought = np.zeros(1, dtype=SIGHTING)
        sought["key"], sought["owner"]["account"] = key, account
        place = self._places.get(int(_identity(sought)[0]))
        if place is not None:
            flags = self._rows["owner"]["flags"]
            flags[place] = flags[place] | np.uint32(bit) if on else flags[place] & ~np.uint32(bit)

    def forget(self, key: int) -> None:
        """Drop the owners of a link; their place in the table is not used again."""
        for place in self._owners.pop(key, []):
            self._places.pop(int(_identity(self._rows[place : place + 1])[0]), None)

    def _places_of(self, sightings: Sightings) -> NDArray[np.int64]:
        """Return the row number of each sighting's owner, making rows for new ones."""
        identities, keys = _identity(sightings).tolist(), sightings["key"].tolist()
        places = self._places
        found = []
        for identity, key in zip(identities, keys, strict=True):
            place = places.get(identity)
            if place is None:
                place = places[identity] = self._add(key)
            found.append(place)
        return np.array(found, dtype=np.int64)

    def _add(self, key: int) -> int:
        place, self._used = self._used, self._used + 1
        if place == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros(len(self._rows), dtype=SIGHTING)])
        self._owners.setdefault(key, []).append(place)
        return place


def _identity(sightings: Sightings) -> NDArray[np.uint64]:
    """Mix link and account into one number; among ten million owners two are equal with probability 3e-6."""
    identity: NDArray[np.uint64] = sightings["key"] * _MIX ^ sightings["owner"]["account"]
    return identity


def _progress(sightings: Sightings) -> NDArray[np.uint64]:
    """Order sightings of one owner: by requests, then by requests on the link. One request counts from one on."""
    requests = sightings["owner"]["events"].astype(np.uint64) << np.uint64(32)
    progress: NDArray[np.uint64] = requests + sightings["link_events"]
    return progress
