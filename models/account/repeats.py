"""First-sight filtering: which link keys were seen before, so that keys used once never travel.

Most template keys of real prompts occur once and never again. A key is *admitted* when it comes the second
time in a partition, and the account that brought it the first time is then told as well, so nothing is lost
but keys that one partition sees exactly once. Two generations of an open-addressing table bound the memory:
when the younger is half full it becomes the older, and the older is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.distinct import distinct
from models.sighting import joined, raw

ENTRY = np.dtype([("key", "u8"), ("ts", "i8"), ("account", "u8")])

# Accounts are named by their hash, not by their row: one that leaves memory meanwhile is still the one that waits.
ADMITTED = np.uint64(0)  # in `account`: the key has been seen twice
NEW = np.uint64(2**64 - 1)  # answer of `visit`: first sight, nothing to tell yet

_FIRST = 1 << 12  # entries of a generation at first
# Changed places that a log can hold: those of a second at 10,000 events. Of more, all entries are looked through.
_NOTED = 1 << 15

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: spreads keys that differ in few bits (Knuth)


@njit(cache=True)
def find(table: NDArray[np.void], key: np.uint64) -> int:
    """Return the place of `key` in `table` (a power of two long), or the empty place where it would go."""
    mask = np.uint64(table.shape[0] - 1)
    place = (key * _MIX >> np.uint64(20)) & mask
    while table[place].key != 0 and table[place].key != key:
        place = (place + np.uint64(1)) & mask
    return int(place)


@njit(cache=True)
def note(log: NDArray[np.int64], place: int) -> None:
    """Note that the entry at a place of the young table changed: behind the others, where there is room.

    Args:
        log: How many were noted, and then those.
        place: Of the entry.
    """
    log[0] += 1
    if log[0] < log.shape[0]:
        log[log[0]] = place


@njit(cache=True)
def visit(
    young: NDArray[np.void],
    old: NDArray[np.void],
    log: NDArray[np.int64],
    key: np.uint64,
    account: np.uint64,
    ts: int,
) -> tuple[np.uint64, int, int]:
    """Note that `account` (its hash) used `key` at `ts`; what changes is noted in `log`.

    Returns:
        (pending, since, added): `pending` is NEW on first sight, ADMITTED when the key was admitted already,
        else the account that used it first, at time `since`; `added` is 1 when an entry of the young table was
        taken.
    """
    place = find(young, key)
    entry = young[place]
    added = 0
    if entry.key == 0:
        added = 1
        note(log, place)
        before = old[find(old, key)]
        entry.key = key
        if before.key == 0:
            entry.account = account
            entry.ts = ts
            return NEW, ts, added
        entry.account = before.account
        entry.ts = before.ts
    pending, since = entry.account, int(entry.ts)
    if pending != ADMITTED:
        entry.account = ADMITTED
        note(log, place)
    return pending, since, added


@njit(cache=True)
def _move(table: NDArray[np.void], larger: NDArray[np.void]) -> None:
    """Copy all entries of `table` to `larger`, which is empty."""
    for i in range(table.shape[0]):
        if table[i].key != 0:
            larger[find(larger, table[i].key)] = table[i]


def _empty(capacity: int) -> NDArray[np.void]:
    return np.zeros(capacity, dtype=ENTRY)


@njit(cache=True)
def _changed(young, saved, places, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Copy those at `places` whose account is not the one in `saved` (a part of it; 0: none), and note it there.

    Returns how many they are.
    """
    found = 0
    for place in places:
        entry = young[place]
        state = np.uint32(entry.account >> np.uint64(32)) | np.uint32(1)
        if entry.key != 0 and saved[place] != state:
            saved[place] = state
            out[found] = entry
            found += 1
    return found


@njit(cache=True)
def _put_back(young, old, entries):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Enter entries as they were; return the number of places taken."""
    added = 0
    for i in range(entries.shape[0]):
        place = find(young, entries[i].key)
        added += young[place].key == 0
        young[place] = entries[i]
    return added


@dataclass(slots=True)
class RepeatFilter:
    """Two generations of keys seen.

    Args:
        capacity: Entries of one generation, a power of two; 24 bytes each. The filter remembers at least
            `capacity / 2` keys. A generation begins small and grows to its capacity.
        saving: Whether `changes` will be asked for; costs 4 bytes an entry.

    Attributes:
        young, old: The generations.
        used: Entries of the young one.
        log: Of its places that changed since it was last looked through, see `note`.

    >>> seen = RepeatFilter(capacity=8)
    >>> [seen.visit(key, account=key + 6, ts=0)[0] for key in (1, 2, 1, 1)] == [NEW, NEW, 7, ADMITTED]
    True
    """

    capacity: int = 1 << 20
    young: NDArray[np.void] = field(init=False)
    old: NDArray[np.void] = field(init=False)
    used: int = 0
    saving: bool = False
    log: NDArray[np.int64] = field(init=False)
    _saved: NDArray[np.uint32] = field(init=False)
    _unsaved: list[NDArray[np.void]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.capacity < 8 or self.capacity & (self.capacity - 1):
            raise ValueError(f"capacity is {self.capacity}: it must be a power of two, at least 8")
        self.young, self.old = _empty(min(self.capacity, _FIRST)), _empty(8)
        self._saved = self._none_saved()
        self.log = np.zeros(1 + (_NOTED if self.saving else 0), dtype=np.int64)

    def visit(self, key: int, account: int, ts: int) -> tuple[int, int]:
        """Note one use of `key`; see `visit` for the answer."""
        self.make_room(1)
        pending, since, added = visit(self.young, self.old, self.log, np.uint64(key), np.uint64(account), ts)
        self.used += added
        return int(pending), int(since)

    def make_room(self, keys: int) -> None:
        """Start a new generation unless `keys` more entries keep the young one under half full.

        Raises:
            ValueError: `keys` would not fit into an empty generation either.
        """
        if keys > self.capacity // 2:
            raise ValueError(f"{keys} keys at once do not fit a filter of capacity {self.capacity}")
        if self.used + keys > self.capacity // 2:
            self._harvest()
            self.young, self.old, self.used = _empty(self.capacity), self.young, 0
            self._saved = self._none_saved()
        elif self.used + keys > len(self.young) // 2:
            larger = _empty(min(self.capacity, 1 << (2 * (self.used + keys)).bit_length()))
            _move(self.young, larger)
            self._harvest()
            self.young = larger
            self._saved = self._none_saved()
            if self.saving:
                self._look_through()  # all of them have just been harvested

    def changes(self) -> NDArray[np.void]:
        """Return the entries (dtype `ENTRY`) that are new or changed since the last call."""
        self._harvest()
        unsaved, self._unsaved = self._unsaved, []
        return joined(unsaved, ENTRY)

    def restore(self, entries: NDArray[np.void]) -> None:
        """Enter what `changes` returned, oldest first; it counts as saved."""
        for start in range(0, len(entries), self.capacity // 4):
            part = entries[start : start + self.capacity // 4]
            self.make_room(len(part))
            self.used += _put_back(self.young, self.old, part)
            self.log[0] = len(self.log)  # as if more changed than it can hold
        self.changes()

    def _harvest(self) -> None:
        if self.saving:
            self._unsaved.append(self._changes())

    def _none_saved(self) -> NDArray[np.uint32]:
        return np.zeros(len(self.young) if self.saving else 0, dtype=np.uint32)

    def _changes(self) -> NDArray[np.void]:
        """Return the entries that changed, in the order of their places."""
        noted = int(self.log[0])
        return self._changes_at(distinct(self.log[1 : noted + 1])) if noted < len(self.log) else self._look_through()

    def _look_through(self) -> NDArray[np.void]:
        """Return the entries that changed, of all: that takes milliseconds of a full table, a checkpoint a second."""
        return self._changes_at(np.arange(len(self.young)))

    def _changes_at(self, places: NDArray[np.int64]) -> NDArray[np.void]:
        assert self.saving, "a filter is told at its start that its changes will be saved"
        self.log[0] = 0
        out = _empty(len(places))
        return raw(out)[: _changed(self.young, self._saved, places, out)].copy().view(ENTRY)
