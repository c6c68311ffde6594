"""A simulation of workers over partitions, second by second: what saturates first, and how far behind it falls.

Events, sightings and evidence wait in partitions, as CPU seconds of work. Each second a worker has one CPU second, and
gives each of its partitions with something to do the same share of it (agents take turns, chunk by chunk). Work on
events makes sightings, and those evidence, in the next second. Partitions are dealt out as `streams.bus.assignor` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from streams.bus.assignor import dealt
from tests.bench.scale.costs import RECOVERY_US, Costs
from tests.bench.scale.sizing import ACCOUNTS_PER_EVENT, Size

SECONDS, DISTURBED = 1_200, 120
# Without partitions: the group agrees, and each worker finds where to go on. A session of 10 s ends before.
PAUSE_SECONDS, LOST_SECONDS = 3, 10
# Spread of the logarithm of accounts' rates, as in the shipped scenarios.
ACCOUNT_SPREAD, ACCOUNTS = 1.2, 200_000
STAGES = ("events", "links", "campaigns")
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens.

    Args:
        hot_account: Its share of all events.
        hot_link: Share of all sightings that are of one link.
        restarts: Workers that end and come back, one after the other, `DISTURBED` seconds from the start on.
        every: Seconds between them.
        in_turn: Whether every worker has as many partitions as any other, the one with the evidence as well.
    """

    name: str
    size: Size
    costs: Costs
    hot_account: float = 0.0
    hot_link: float = 0.0
    restarts: int = 0
    every: int = 60
    in_turn: bool = False

    def homes(self) -> tuple[NDArray[np.int64], int]:
        """Return the worker of each partition of events, and that of the evidence."""
        workers, homes = self.size.workers, np.arange(self.size.partitions) % self.size.workers
        if self.in_turn:
            return homes, workers - 1  # which has the fewest
        topics = {"events": self.size.partitions, "evidence": 1}
        found = dealt(topics, {f"{worker:06}": {} for worker in range(workers)})
        for worker, one in enumerate(found.values()):
            homes[one.get("events", [])] = worker
        return homes, next(worker for worker, one in enumerate(found.values()) if "evidence" in one)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it.

    Attributes:
        load: Of the busiest core, by stage: work that arrives in a second; above 1 it never catches up.
        first: The stage that saturates first, and at how many events a second.
        longest_lag: Seconds behind at most, by stage, of the partition that is farthest behind.
        behind_seconds: How long anything was more than ten seconds behind.
    """

    load: dict[str, float]
    first: str
    saturates_at: float
    longest_lag: dict[str, float]
    behind_seconds: int


@dataclass(slots=True)
class Simulation:
    """One run of a plan."""

    plan: Plan
    seed: int = 1
    _arrivals: dict[str, FloatArray] = field(init=False)
    _homes: dict[str, NDArray[np.int64]] = field(init=False)

    def __post_init__(self) -> None:
        size, costs, rng = self.plan.size, self.plan.costs, np.random.default_rng(self.seed)
        rates = rng.lognormal(0.0, ACCOUNT_SPREAD, ACCOUNTS)
        shares = np.bincount(rng.integers(size.partitions, size=ACCOUNTS), rates, size.partitions) / rates.sum()
        shares *= 1.0 - self.plan.hot_account
        shares[-1] += self.plan.hot_account
        links = np.full(size.partitions, (1.0 - self.plan.hot_link) / size.partitions)
        links[-1] += self.plan.hot_link
        self._arrivals = {
            "events": size.rate * costs.events / 1e6 * shares,
            "links": size.rate * costs.links / 1e6 * links,
            "campaigns": np.array([size.rate * costs.campaigns / 1e6]),
        }
        homes, holder = self.plan.homes()
        self._homes = {"events": homes, "links": homes, "campaigns": np.array([holder])}

    def run(self) -> Outcome:
        """Simulate twenty minutes."""
        waiting = {stage: np.zeros(len(self._arrivals[stage])) for stage in STAGES}
        lag = dict.fromkeys(STAGES, 0.0)
        owed, silent = np.zeros(self.plan.size.workers), np.zeros(self.plan.size.workers, dtype=np.int64)
        made, behind = self._arrivals["events"].sum(), 0
        for second in range(SECONDS):
            self._disturb(second, silent, owed)
            flow = made / self._arrivals["events"].sum()
            waiting["events"] += self._arrivals["events"]
            waiting["links"] += self._arrivals["links"] * flow
            waiting["campaigns"] += self._arrivals["campaigns"] * flow
            made = self._work(waiting, silent, owed)
            silent = np.maximum(silent - 1, 0)
            now = {stage: float((waiting[stage] / self._arrivals[stage]).max()) for stage in STAGES}
            lag = {stage: max(lag[stage], now[stage]) for stage in STAGES}
            behind += max(now.values()) > 10
        return self._outcome(lag, behind)

    def _disturb(self, second: int, silent: NDArray[np.int64], owed: FloatArray) -> None:
        """Let a worker end when it is time: all pause while the group agrees, and it puts its accounts back."""
        turn, rest = divmod(second - DISTURBED, self.plan.every)
        if rest == 0 and 0 <= turn < self.plan.restarts:
            size = self.plan.size
            np.maximum(silent, PAUSE_SECONDS, out=silent)
            silent[turn % size.workers] = LOST_SECONDS
            owed[turn % size.workers] += size.rate * ACCOUNTS_PER_EVENT / size.workers * RECOVERY_US / 1e6

    def _work(self, waiting: dict[str, FloatArray], silent: NDArray[np.int64], owed: FloatArray) -> float:
        """Let each worker work for a second; return the work on events that was done."""
        done = 0.0
        for worker in range(self.plan.size.workers):
            if silent[worker]:
                continue
            back = min(owed[worker], 1.0)
            owed[worker] -= back
            mine = [(stage, np.flatnonzero(self._homes[stage] == worker)) for stage in STAGES]
            queues = np.concatenate([waiting[stage][places] for stage, places in mine])
            worked, begin = _shared(queues, 1.0 - back), 0
            for stage, places in mine:
                part = worked[begin : begin + len(places)]
                waiting[stage][places] -= part
                done += float(part.sum()) if stage == "events" else 0.0
                begin += len(places)
        return done

    def _outcome(self, lag: dict[str, float], behind: int) -> Outcome:
        size = self.plan.size
        load = {
            stage: float(np.bincount(self._homes[stage], self._arrivals[stage], size.workers).max()) for stage in STAGES
        }
        # A partition is worked on by one core, and a core has all its partitions.
        alone = {stage: float(self._arrivals[stage].max()) for stage in STAGES}
        first = max(STAGES, key=lambda stage: max(alone[stage], load[stage]))
        return Outcome(load, first, size.rate / max(load[first], alone[first]), lag, behind)


def _shared(queues: FloatArray, seconds: float) -> FloatArray:
    """Return how much of each queue is done when all get the same share of some seconds, and leave what is too much.

    >>> _shared(np.array([0.1, 2.0, 2.0]), 1.0).round(2).tolist()
    [0.1, 0.45, 0.45]
    """
    done = np.zeros(len(queues))
    for left, at in zip(range(len(queues), 0, -1), np.argsort(queues, kind="stable").tolist(), strict=True):
        done[at] = min(queues[at], seconds / left)
        seconds -= done[at]
    return done
