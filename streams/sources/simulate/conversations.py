"""Exchanges of one population as rows: conversations drawn from arrivals, unfolded into turns and retries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from streams.sources.simulate.arrivals import Arrivals, Presence
from streams.sources.simulate.scenario import Population

# One exchange. `owner` wrote the conversation (its interests, its frame); `account` sends this turn of it.
ROW = np.dtype(
    [
        ("ts", "i8"),
        ("serial", "i8"),
        ("account", "i4"),
        ("owner", "i4"),
        ("turn", "i4"),
        ("turns", "i4"),
        ("kind", "i2"),
        ("status", "i2"),
    ]
)
Rows = NDArray[np.void]

_ERRORS = np.array([429, 429, 529, 500, 503, 400], dtype=np.int16)
_RETRY_MS = 6_000.0  # scripts and SDKs try again after a few seconds
_FAILOVER_MS = 1_500.0  # a pool hands the request to the next account at once
_BLOCKED_SHARE = 0.3  # a banned account still tries for a while
_BLOCKED_MS = 2 * 3_600_000


class _Failures(NamedTuple):
    """Which exchanges fail at first, shape (n,): at all, at another account, and how long until they succeed (ms)."""

    failed: NDArray[np.bool_]
    by_other: NDArray[np.bool_]
    wait: NDArray[np.int64]


class Conversations:
    """Draws the exchanges of one population, one slice of time after another.

    Holds only the turns that are still to come, so memory follows the open conversations, not the stream.
    """

    def __init__(self, population: Population, arrivals: Arrivals, presence: Presence, rng: Generator) -> None:
        self._population = population
        self._arrivals = arrivals
        self._presence = presence
        self._rng = rng
        self._pending: Rows = np.zeros(0, dtype=ROW)
        self._serial = 0
        shares = np.array([prompt.share for prompt in population.prompts])
        self._kind_ends = np.cumsum(shares / shares.sum())[:-1]
        self._blocked_until = np.zeros(len(presence.end), dtype=np.int64)

    def rows(self, begin: int, end: int) -> Rows:
        """Return the exchanges in [begin, end) in order of time."""
        fresh = self._unfolded(begin, end)
        rows = np.concatenate([self._pending, fresh]) if len(self._pending) else fresh
        late = rows["ts"] >= end
        self._pending = rows[late]
        due = self._within_presence(rows[~late])
        return due[np.argsort(due["ts"], kind="stable")]

    def block(self, accounts: NDArray[np.int64], ts: NDArray[np.int64]) -> None:
        """End the presence of `accounts` at `ts` (bans); some of them still try for a while, and get a 403."""
        self._presence.end[accounts] = np.minimum(self._presence.end[accounts], ts)
        self._blocked_until[accounts] = ts + _BLOCKED_MS

    def _unfolded(self, begin: int, end: int) -> Rows:
        """Return every turn of the conversations that start in this slice."""
        starts = self._arrivals.starts(begin, end)
        activity, n = self._population.activity, len(starts.ts)
        turns = self._rng.geometric(1 / activity.turns, n) if activity.turns > 1 else np.ones(n, dtype=np.int64)
        first = np.repeat(np.cumsum(turns) - turns, turns)
        rows = np.zeros(len(first), dtype=ROW)
        each = np.repeat(np.arange(n), turns)
        rows["turn"] = np.arange(len(first)) - first + 1
        rows["turns"] = turns[each]
        rows["serial"] = self._serial + each
        rows["account"] = rows["owner"] = starts.account[each]
        rows["kind"] = np.searchsorted(self._kind_ends, self._rng.random(n), side="right")[each]
        rows["status"] = 200
        failures = self._failures(len(rows))
        rows["ts"] = starts.ts[each] + self._elapsed(rows["turn"], first, failures.wait)
        self._serial += n
        return self._with_failed(self._taken_over(rows), failures)

    def _failures(self, n: int) -> _Failures:
        """Draw which exchanges fail at first: retried by the same account, or by another one (failover)."""
        failover, errors = self._population.activity.failover, self._population.behaviour.errors
        chance = self._rng.random(n)
        wait = np.minimum(self._rng.exponential(np.where(chance < failover, _FAILOVER_MS, _RETRY_MS)), 60_000)
        failed = chance < failover + errors
        return _Failures(failed, chance < failover, np.where(failed, wait, 0.0).astype(np.int64))

    def _elapsed(self, turn: NDArray[np.int32], first: NDArray[np.int64], wait: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the milliseconds from the start of its conversation until each turn gets its answer."""
        if not len(turn):
            return np.zeros(0, dtype=np.int64)
        activity = self._population.activity
        gaps = (activity.gap_s * 1000 * self._rng.lognormal(0.0, activity.gap_spread, len(turn))).astype(np.int64)
        gaps[turn == 1] = 0
        total = np.cumsum(gaps + wait)
        return np.asarray(total - total[first] + wait[first], dtype=np.int64)

    def _taken_over(self, rows: Rows) -> Rows:
        """Let other accounts take over some of the later turns, as relays do."""
        crossing = self._population.behaviour.crossing
        if crossing:
            over = (rows["turn"] > 1) & (self._rng.random(len(rows)) < crossing)
            rows["account"][over] = self._rng.integers(0, len(self._presence.end), int(over.sum()))
        return rows

    def _with_failed(self, rows: Rows, failures: _Failures) -> Rows:
        """Add the failed attempts, each ahead of the exchange that then succeeds."""
        failed = rows[failures.failed]
        if not len(failed):
            return rows
        by_other = failures.by_other[failures.failed]
        failed["account"][by_other] = self._rng.integers(0, len(self._presence.end), int(by_other.sum()))
        failed["status"] = np.where(by_other, 429, self._rng.choice(_ERRORS, len(failed)))
        failed["ts"] -= failures.wait[failures.failed]
        return np.concatenate([failed, rows])

    def _within_presence(self, rows: Rows) -> Rows:
        """Drop what an account that left, or is not there yet, would send; a banned one gets some 403s."""
        account, ts = rows["account"], rows["ts"]
        gone = ts >= self._presence.end[account]
        blocked = gone & (ts < self._blocked_until[account])
        if blocked.any():
            blocked &= self._rng.random(len(rows)) < _BLOCKED_SHARE
            rows["status"][blocked] = 403
        return np.asarray(rows[(~gone | blocked) & (ts >= self._presence.begin[account])])
