"""When conversations start: arrival processes over the accounts of one population, one slice of time after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from streams.sources.simulate.scenario import Activity

DAY = 86_400_000
HOUR = 3_600_000
FOREVER = 2**62

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Share of a day's requests by local hour, from midnight; scaled to a mean of 1. Shapes, not measurements: people sleep,
# offices close, evenings are busy, nightly jobs run when nobody looks.
_PROFILES: dict[str, tuple[float, ...]] = {
    "flat": (1.0,) * 24,
    "waking": (4, 2, 1, 0.6, 0.5, 0.8, 2, 4, 7, 9, 10, 10, 9, 10, 11, 11, 10, 9, 9, 10, 11, 11, 9, 6),
    "office": (
        0.3,
        0.2,
        0.1,
        0.1,
        0.1,
        0.3,
        1,
        3,
        8,
        12,
        13,
        12,
        8,
        11,
        13,
        13,
        11,
        8,
        4,
        2,
        1.5,
        1,
        0.7,
        0.5,
    ),
    "evening": (6, 3, 1, 0.5, 0.3, 0.3, 0.8, 1.5, 2, 2, 2, 3, 4, 3, 3, 4, 6, 9, 13, 15, 16, 15, 12, 9),
    "night": (9, 12, 14, 14, 12, 8, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 1, 3, 6),
}
PROFILES = {name: np.array(hours) / np.mean(hours) for name, hours in _PROFILES.items()}

# UTC offsets of people by number, roughly: the Americas, Europe and Africa, India, East Asia, Oceania.
WORLD_ZONES = (
    -8,
    -8,
    -7,
    -6,
    -6,
    -5,
    -5,
    -5,
    -3,
    -3,
    0,
    0,
    1,
    1,
    1,
    2,
    2,
    3,
    5.5,
    5.5,
    5.5,
    7,
    8,
    8,
    8,
    9,
    9,
    10,
)


class Starts(NamedTuple):
    """Conversation starts of one slice: account index and epoch milliseconds, both of shape (n,), in no order."""

    account: Ints
    ts: Ints


class Presence(NamedTuple):
    """From when until when each account may send, epoch milliseconds, shape (n,)."""

    begin: Ints
    end: Ints


class Arrivals:
    """Draws the conversation starts of one population.

    Args:
        activity: What the scenario says.
        accounts: Number of accounts, n.
        origin: Epoch milliseconds of the scenario's start.
        presence: When each account is there; `end` may be brought forward later (bans).
        rng: Source of all draws.
        replay: For `replay`: gaps in seconds, drawn from for each account.
    """

    def __init__(
        self,
        activity: Activity,
        accounts: int,
        origin: int,
        presence: Presence,
        rng: Generator,
        replay: Floats | None,
    ) -> None:
        self._activity = activity
        self._origin = origin
        self._presence = presence
        self._rng = rng
        self._replay = replay
        self._rate = _rates(activity, accounts, rng) / activity.turns
        self._zone = rng.choice(np.array(activity.zones or WORLD_ZONES, dtype=np.float64), size=accounts)
        self._zone += rng.normal(0.0, 1.2, accounts) if activity.hours != "flat" else 0.0  # larks and owls
        self._next = np.full(accounts, -1, dtype=np.int64)
        self._order = rng.permutation(accounts)
        self._turn_of = 0
        self._day = -1
        self._day_factor: Floats = np.ones(accounts)
        clocks: dict[str, Callable[[int, int], Starts]] = {
            "poisson": self._poisson,
            "hourly": self._hourly,
            "steady": self._scripted,
            "replay": self._scripted,
            "pool": self._pool,
            "waves": self._waves,
        }
        self._draw = clocks[activity.clock]

    @property
    def expected_per_day(self) -> float:
        """Exchanges a day when every account is present."""
        return float(self._rate.sum() * self._activity.turns)

    def starts(self, begin: int, end: int) -> Starts:
        """Return the starts in [begin, end), at most an hour long, which must follow the previous slice."""
        self._new_day(begin)
        drawn = self._draw(begin, end)
        here = (drawn.ts >= self._presence.begin[drawn.account]) & (drawn.ts < self._presence.end[drawn.account])
        return Starts(drawn.account[here], drawn.ts[here])

    def _new_day(self, ts: int) -> None:
        """Draw who appears today, and how busy: gamma around 1, so that no two days of a person are alike."""
        day = (ts - self._origin) // DAY
        if day == self._day:
            return
        self._day = day
        active, n = self._activity.days_active, len(self._rate)
        self._day_factor = (self._rng.random(n) < active) / active
        if self._activity.clock in ("poisson", "hourly") and self._activity.spread > 0:
            self._day_factor *= self._rng.gamma(3.0, 1 / 3.0, n)

    def _intensity(self, ts: int) -> Floats:
        """Return the starts per day of each account around `ts`, shape (n,)."""
        hours = (ts / HOUR + self._zone) % 24
        weight = self._rate * PROFILES[self._activity.hours][hours.astype(np.int64)] * self._day_factor
        local_day = ((ts / HOUR + self._zone) // 24 + 3) % 7  # 1970-01-01 was a Thursday; Monday = 0
        if self._activity.weekend != 1:
            weight = np.where(local_day >= 5, weight * self._activity.weekend, weight)
        here = (self._presence.begin <= ts) & (ts < self._presence.end)
        return np.asarray(weight * self._ramp(ts) * here)

    def _ramp(self, ts: int) -> Floats | float:
        factor: Floats | float = 1.0
        if self._activity.ramp:
            days, levels = zip(*self._activity.ramp, strict=True)
            factor = float(np.interp((ts - self._origin) / DAY, days, levels))
        if self._activity.warmup_days:
            age = (ts - self._presence.begin) / (self._activity.warmup_days * DAY)
            factor = factor * np.clip(age, 0.05, 1.0)
        return factor

    def _poisson(self, begin: int, end: int) -> Starts:
        account = self._who(self._intensity((begin + end) // 2), (end - begin) / DAY)
        return Starts(account, self._rng.integers(begin, end, size=len(account)))

    def _who(self, intensity: Floats, days: float) -> Ints:
        """Return the accounts of a Poisson number of starts, each drawn by its intensity."""
        total = np.cumsum(intensity)
        n = self._rng.poisson(total[-1] * days) if len(total) else 0
        return (
            np.searchsorted(total, self._rng.random(n) * total[-1], side="right") if n else np.zeros(0, dtype=np.int64)
        )

    def _hourly(self, begin: int, end: int) -> Starts:
        """Synchronised jobs: an hour's starts all fall within seconds of :00."""
        tick = -(-begin // HOUR) * HOUR
        if tick >= end:
            return Starts(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        account = self._who(self._intensity(tick), 1 / 24)
        late = np.minimum(self._rng.exponential(8_000, len(account)), end - tick - 1)
        return Starts(account, tick + late.astype(np.int64))

    def _scripted(self, begin: int, end: int) -> Starts:
        """Each account's own script: the next request follows the last one by a gap of its kind."""
        accounts, times = [], []
        rate = np.maximum(self._intensity((begin + end) // 2), 1e-9)
        mean_gap = DAY / rate
        fresh = (self._next < 0) & (self._presence.begin < end)
        self._next[fresh] = np.maximum(self._presence.begin[fresh], begin) + (
            self._rng.random(int(fresh.sum())) * np.minimum(mean_gap[fresh], 30 * DAY)
        ).astype(np.int64)
        while len(due := np.flatnonzero((self._next >= 0) & (self._next < end))):
            accounts.append(due)
            times.append(self._next[due])
            gap = np.minimum(self._gaps(len(due)) * mean_gap[due], 30 * DAY)
            self._next[due] += np.maximum(gap, 50).astype(np.int64)
        if not accounts:
            return Starts(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        account, ts = np.concatenate(accounts), np.concatenate(times)
        late = ts >= begin
        return Starts(account[late], ts[late])

    def _gaps(self, n: int) -> Floats:
        """Return `n` gaps with mean 1: a script's (close to regular), or those of the replayed file."""
        if self._replay is None:
            return self._rng.gamma(8.0, 1 / 8.0, n)
        return self._rng.choice(self._replay, size=n)

    def _pool(self, begin: int, end: int) -> Starts:
        """One scheduler hands the pool's requests to its accounts in turn, most of the time."""
        intensity = self._intensity((begin + end) // 2)
        present = self._order[intensity[self._order] > 0]
        n = self._rng.poisson(intensity.sum() * (end - begin) / DAY) if len(present) else 0
        turn = (self._turn_of + np.arange(n)) // self._activity.sticky
        self._turn_of += n
        account = present[turn % len(present)] if n else np.zeros(0, dtype=np.int64)
        astray = self._rng.random(n) >= self._activity.even
        account[astray] = self._rng.choice(present, size=int(astray.sum())) if n else 0
        return Starts(account, np.sort(self._rng.integers(begin, end, size=n)))

    def _waves(self, begin: int, end: int) -> Starts:
        """All accounts at once, at the interval that gives the mean rate."""
        intensity = self._intensity((begin + end) // 2)
        present = np.flatnonzero(intensity > 0)
        if not len(present):
            return Starts(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        every = DAY / float(intensity[present].mean()) * self._activity.even
        first = int(-(-(begin - self._origin) // every))
        ticks = self._origin + np.arange(first, int(-(-(end - self._origin) // every))) * every
        account = np.tile(present, len(ticks))
        ts = np.repeat(ticks, len(present)) + self._rng.random(len(account)) * self._activity.wave_jitter_s * 1000
        joins = self._rng.random(len(account)) < self._activity.even
        return Starts(account[joins], ts[joins].astype(np.int64))


def _rates(activity: Activity, n: int, rng: Generator) -> Floats:
    """Return each account's exchanges a day: lognormal with the scenario's mean."""
    spread = activity.spread
    return np.asarray(activity.rate * rng.lognormal(-spread * spread / 2, spread, n))


def presence_of(activity: Activity, org: Ints, origin: int, rng: Generator) -> Presence:
    """Return when each account is there, before any ban."""
    offset = rng.random(len(org)) * activity.join_days
    offset = offset[org] if activity.join_by == "org" else offset
    begin = origin + ((activity.start_day + offset) * DAY).astype(np.int64)
    if not activity.start_day and not activity.join_days and not activity.stay_days:
        begin = np.full(len(org), -FOREVER, dtype=np.int64)
    end = begin + int(activity.stay_days * DAY) if activity.stay_days else np.full(len(org), FOREVER, dtype=np.int64)
    return Presence(begin, end)
