"""The account model of one partition: events in, sightings and closed windows out.

Pure: no clock, no broker, no disk. `AccountShard.process` is what the accounts agent calls for each chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.account.bank import AccountBank
from models.account.clock import EventClock
from models.account.columns import Columns, columns_of
from models.account.kernel import CLOSED, SIGHTINGS_PER_EVENT, apply_events, tell
from models.account.reasoning import ReasoningLedger
from models.account.redating import redate
from models.account.repeats import ADMITTED, NEW, RepeatFilter, visit
from models.account.row import CLEARED, SLOT, flags_of
from models.account.waiting import waiting_elsewhere
from models.distinct import distinct
from models.event import Event
from models.facts import AccountFacts
from models.links import stable_hash
from models.sighting import SIGHTING, Sightings, joined, raw

NEVER = 2**63 - 1
_OUT = 4096 + SIGHTINGS_PER_EVENT


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one chunk led to.

    Attributes:
        sightings: Dtype `SIGHTING`, in the order they were made.
        closed: Dtype `CLOSED`, the windows that ended.
        fresh: Shape (n,), False where an event repeats an `event_id` seen before.
        touched: Row numbers of the accounts that changed.
        late: Events older than the watermark allows.
    """

    sightings: Sightings
    closed: NDArray[np.void]
    fresh: NDArray[np.bool_]
    touched: NDArray[np.int64]
    late: int

    @classmethod
    def joined(cls, outcomes: Sequence[Outcome]) -> Outcome:
        """Return what several chunks led to that followed each other."""
        return cls(
            joined([one.sightings for one in outcomes]),
            joined([one.closed for one in outcomes], CLOSED),
            np.concatenate([one.fresh for one in outcomes]),
            distinct(np.concatenate([one.touched for one in outcomes])),
            sum(one.late for one in outcomes),
        )


@njit(cache=True)
def _mark_fresh(young, old, log, ids, fresh):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Set `fresh[i]` where id i was not seen before; return the number of table entries taken."""
    added = 0
    for i in range(ids.shape[0]):
        pending, _, more = visit(young, old, log, ids[i] | np.uint64(1), ADMITTED, 0)
        fresh[i] = pending == NEW
        added += more
    return added


@njit(cache=True)
def _tell_rows(rows, places, slot, ts, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write one sighting per row number in `places`, all on `slot[0]`."""
    for i in range(places.shape[0]):
        tell(out, i, rows[places[i]], slot[0], ts)


@dataclass(slots=True)
class AccountShard:
    """All accounts of one partition.

    Args:
        lateness_ms: Events older than the watermark less this count in totals but in no window.
        window_ms: Length of a window, at least `lateness_ms`.
        remembered: Event ids, link keys and reasoning blocks that are remembered at least, of each.
        saving: Whether `models.account.state` will ask what changed.
    """

    lateness_ms: int = 600_000
    window_ms: int = 3_600_000
    remembered: int = 1 << 19
    saving: bool = False
    bank: AccountBank = field(default_factory=AccountBank)
    watermark: int = 0
    clock: EventClock = field(default_factory=EventClock)
    keys: RepeatFilter = field(init=False)
    event_ids: RepeatFilter = field(init=False)
    ledger: ReasoningLedger = field(init=False)
    _closed_until: int = 0
    _bans: dict[str, AccountFacts] = field(default_factory=dict)
    _next_ban: int = NEVER
    # What the compiled loop writes to, for every chunk the same: new ones are megabytes of pages to be cleared.
    _out: Sightings = field(init=False)
    _ended: NDArray[np.void] = field(init=False)

    def __post_init__(self) -> None:
        if self.lateness_ms > self.window_ms:
            raise ValueError(f"lateness of {self.lateness_ms} ms is longer than a window of {self.window_ms} ms")
        self._out, self._ended = np.zeros(_OUT, dtype=SIGHTING), np.zeros(_OUT, dtype=CLOSED)
        self.keys = RepeatFilter(capacity=2 * self.remembered, saving=self.saving)
        self.event_ids = RepeatFilter(capacity=2 * self.remembered, saving=self.saving)
        self.ledger = ReasoningLedger(RepeatFilter(capacity=2 * self.remembered, saving=self.saving))

    def process(self, events: Sequence[Event]) -> Outcome:
        """Apply a chunk of valid events, in order."""
        return self.process_columns(columns_of(events))

    def process_columns(self, columns: Columns) -> Outcome:
        """Apply a chunk of events (at least one), in order."""
        outcomes, done = [], 0
        while not self.clock.sure and done < len(columns):
            outcomes.append(self._process(columns.part(done, done + 1)))
            done += 1
        if not outcomes:
            return self._process(columns)  # nearly always
        if done < len(columns):
            outcomes.append(self._process(columns.part(done, len(columns))))
        return Outcome.joined(outcomes)

    def _process(self, columns: Columns) -> Outcome:
        index = self.bank.rows_of(columns)
        fresh = self._fresh(columns.exchanges["event"])
        redated = self._take_back(columns, fresh)
        columns = self._settled(columns, fresh)
        index[~fresh] = -1
        self.keys.make_room(int(columns.bounds[-1] - columns.bounds[0]) + 4 * len(columns))
        if self.bank.has_cold:
            self.bank.recall(waiting_elsewhere(self.bank, self.keys, columns))
        sightings, closed, late = self._apply(columns, index)
        touched = distinct(np.concatenate([index[index >= 0], redated]))
        sightings.append(self.ledger.uses(self.bank.rows, columns, index))
        sightings += self._pass_bans()
        closed += self._close_passed()
        return Outcome(
            joined(sightings),
            joined(closed, CLOSED),
            fresh,
            touched,
            late,
        )

    def learn_facts(self, facts: AccountFacts) -> None:
        """Take in what the provider's own systems say of an account.

        What they permit or know holds for all that is known of it. A ban is an event: it holds from its time on, so
        that a log with the bans of a later day is judged as it would have been.
        """
        if facts.status == "banned":
            flags_of(facts)  # what it cannot make sense of fails now, and not with the first event after its time
            self._bans[facts.account_id] = facts
            self._next_ban = min(self._next_ban, facts.ts)
        else:
            self._bans.pop(facts.account_id, None)
            self._apply_facts(facts)

    def _apply_facts(self, facts: AccountFacts) -> None:
        place = self.bank.place_for(facts.account_id)  # first, for a new account may replace the array
        row = self.bank.rows[place]
        row["flags"] = (int(row["flags"]) & CLEARED) | flags_of(facts)
        if facts.created is not None:
            row["created"] = facts.created
        if facts.org_id is not None:
            row["org"] = stable_hash(facts.org_id)
            self.bank.know_org(facts.org_id)

    @property
    def pending_bans(self) -> tuple[AccountFacts, ...]:
        """Facts of bans whose time has not come, in order of time."""
        return tuple(sorted(self._bans.values(), key=attrgetter("ts", "account_id")))

    def _pass_bans(self) -> list[Sightings]:
        """Let the bans hold whose time has come, and tell the links of those accounts."""
        if self._next_ban > self.watermark:
            return []
        due = [facts for facts in self.pending_bans if facts.ts <= self.watermark]
        for facts in due:
            del self._bans[facts.account_id]
            self._apply_facts(facts)
        self._next_ban = min((facts.ts for facts in self._bans.values()), default=NEVER)
        return [self._retold(facts.account_id, facts.ts) for facts in due]

    def _retold(self, account_id: str, ts: int) -> Sightings:
        """Return sightings of an account as it is now, on all links that it is followed on."""
        row = self.bank.rows[self.bank.place_for(account_id)]
        slots = row["slots"][row["slots"]["key"] != 0]
        out = np.zeros(len(slots), dtype=SIGHTING)
        for made in range(len(slots)):
            tell(out, made, row, slots[made], ts)
        return out

    def forget(self, account: int) -> str | None:
        """Forget the account with a hash, and a ban of it still to come; return its name, None when it is not known."""
        self._bans = {name: facts for name, facts in self._bans.items() if stable_hash(name) != account}
        return self.bank.forget(account)

    def clear(self, account_id: str, *, cleared: bool) -> None:
        """Set or take back that an analyst cleared an account; nothing happens while it is not known."""
        place = self.bank.place_of(account_id)
        if place is not None:
            flags = int(self.bank.rows[place]["flags"])
            self.bank.rows[place]["flags"] = flags | CLEARED if cleared else flags & ~CLEARED

    def clear_new(self, cleared: set[str]) -> None:
        """Let what analysts `cleared` hold for accounts that came since the last call, whatever their rows say."""
        arrived = np.flatnonzero(self.bank.arrived)
        names = [self.bank.names[place] for place in arrived.tolist()]
        flagged = np.flatnonzero(self.bank.rows["flags"][arrived] & CLEARED)
        for name in {names[at] for at in flagged.tolist()} - cleared:
            self.clear(name, cleared=False)
        for name in cleared.intersection(names):
            self.clear(name, cleared=True)
        self.bank.arrived[:] = False

    def coldest(self, count: int, but: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of the `count` accounts that were not active for longest, those in `but` left out."""
        last = self.bank.rows["last"][: len(self.bank.names)].copy()
        last[self.bank.rows["account"][: len(last)] == 0] = NEVER  # free
        last[but] = NEVER
        count = min(count, len(last))
        found = np.argpartition(last, count - 1)[:count].astype(np.int64) if count > 0 else np.zeros(0, dtype=np.int64)
        rows: NDArray[np.int64] = found[last[found] != NEVER]
        return rows

    def open_windows(self, places: NDArray[np.int64]) -> NDArray[np.void]:
        """Return what the open windows of some accounts hold so far; they stay open.

        Of an account that is to leave memory: while it is away, nobody closes its windows when their time comes. When
        it comes back in time and more happens, they are told of again, with more in them.
        """
        windows = self.bank.rows["windows"][places]
        at, which = np.nonzero(windows["start"] > 0)
        closed = np.zeros(len(at), dtype=CLOSED)
        closed["row"], closed["window"] = places[at], windows[at, which]
        return closed

    def describe(self, places: NDArray[np.int64]) -> Sightings:
        """Return what is known of accounts by row number, as sightings on no link (key and kind 0)."""
        out = np.empty(len(places), dtype=SIGHTING)
        _tell_rows(self.bank.rows, places, np.zeros(1, dtype=SLOT), self.watermark, out)
        return out

    def close_all(self) -> NDArray[np.void]:
        """Close every open window, because no more events will come."""
        return self._close_before(np.iinfo(np.int64).max)

    def _take_back(self, columns: Columns, fresh: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Go back to an earlier watermark where the event shows that it is too far ahead; return rows dated anew."""
        none = np.zeros(0, dtype=np.int64)
        if self.clock.sure or not fresh[0]:
            return none
        first = columns.exchanges[0]
        back = self.clock.took_back(int(first["ts"]), int(first["account"]), self.watermark)
        if back is None:
            return none
        self.watermark = back
        self._closed_until = (back - self.lateness_ms) // self.window_ms
        return redate(self.bank.rows[: len(self.bank.names)], back, self.window_ms)

    def _settled(self, columns: Columns, fresh: NDArray[np.bool_]) -> Columns:
        """Return the events with the times by which they count."""
        said = columns.exchanges["ts"]
        times = self.clock.settled(said, fresh, self.watermark)
        if times is said or np.array_equal(times, said):
            return columns
        exchanges = raw(columns.exchanges).copy().view(columns.exchanges.dtype)
        exchanges["ts"] = times
        return replace(columns, exchanges=exchanges)

    def _fresh(self, ids: NDArray[np.uint64]) -> NDArray[np.bool_]:
        fresh = np.empty(len(ids), dtype=np.bool_)
        self.event_ids.make_room(len(ids))
        seen = self.event_ids
        seen.used += _mark_fresh(seen.young, seen.old, seen.log, ids, fresh)
        return fresh

    def _apply(self, columns: Columns, index: NDArray[np.int64]) -> tuple[list[Sightings], list[NDArray[np.void]], int]:
        sightings, closed, late, begin = [], [], 0, 0
        while begin < len(index):
            begin, made, closings, added, self.watermark, delayed = apply_events(
                self.bank.rows, self.bank.index, index, begin, columns.exchanges, columns.templates, columns.bounds,
                self.keys.young, self.keys.old, self.keys.log, self._out, self._ended, self.watermark, self.lateness_ms,
                self.window_ms,
            )  # fmt: skip
            self.keys.used += added
            late += delayed
            sightings.append(raw(self._out)[:made].copy().view(SIGHTING))
            closed.append(raw(self._ended)[:closings].copy().view(CLOSED))
        return sightings, closed, late

    def _close_passed(self) -> list[NDArray[np.void]]:
        # Windows begin at multiples of their length, so nothing ends between two of them.
        until = (self.watermark - self.lateness_ms) // self.window_ms
        if until <= self._closed_until:
            return []
        self._closed_until = until
        return [self._close_before(until * self.window_ms)]

    def _close_before(self, ts: int) -> NDArray[np.void]:
        """Close the windows that end at or before event time `ts`."""
        windows = self.bank.rows["windows"][: len(self.bank.names)]
        places, which = np.nonzero((windows["start"] > 0) & (windows["start"] <= ts - self.window_ms))
        closed = np.zeros(len(places), dtype=CLOSED)
        closed["row"] = places
        closed["window"] = windows[places, which]
        windows[places, which] = np.zeros((), dtype=windows.dtype)
        return closed
