"""Arrival processes: shapes that a detector will look for, and that benign accounts have as well."""

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from streams.sources.simulate.arrivals import DAY, HOUR, Arrivals, Starts, presence_of
from streams.sources.simulate.scenario import Activity

ORIGIN = 1_772_409_600_000  # Monday, 2 March 2026
N = 200


def starts(activity: Activity, days: float = 1, replay: NDArray[np.float64] | None = None, n: int = N) -> Starts:
    rng = np.random.default_rng(5)
    presence = presence_of(activity, np.arange(n) // 10, ORIGIN, rng)
    arrivals = Arrivals(activity, n, ORIGIN, presence, rng, replay)
    ends = range(ORIGIN, ORIGIN + int(days * DAY), HOUR)
    drawn = [arrivals.starts(begin, begin + HOUR) for begin in ends]
    return Starts(np.concatenate([one.account for one in drawn]), np.concatenate([one.ts for one in drawn]))


CLOCKS = ["poisson", "steady", "hourly", "pool", "waves", "replay"]


# Waves follow no human day: their interval is the mean of the accounts at work.
@pytest.mark.parametrize(
    ("clock", "hours"),
    [*product(CLOCKS, ["flat"]), *product([clock for clock in CLOCKS if clock != "waves"], ["waking"])],
)
def test_the_mean_rate_is_kept(clock: str, hours: str) -> None:
    activity = Activity(rate=60, spread=0.3, clock=clock, hours=hours)  # type: ignore[arg-type]
    drawn = starts(activity, days=2, replay=np.array([0.5, 1.5]) if clock == "replay" else None)
    assert len(drawn.ts) / N / 2 == pytest.approx(60, rel=0.12)


@pytest.mark.parametrize("clock", CLOCKS)
def test_starts_stay_in_their_slice_or_just_behind(clock: str) -> None:
    activity = Activity(rate=48, clock=clock, hours="flat")  # type: ignore[arg-type]
    drawn = starts(activity, days=0.5, replay=np.ones(3) if clock == "replay" else None)
    assert drawn.ts.min() >= ORIGIN
    assert drawn.ts.max() < ORIGIN + DAY / 2 + 60_000


def test_rates_are_heavy_tailed() -> None:
    counts = np.bincount(starts(Activity(rate=50, spread=1.3), n=2000).account, minlength=2000)
    assert np.sort(counts)[-200:].sum() > 0.4 * counts.sum()


def test_people_sleep() -> None:
    drawn = starts(Activity(rate=100, hours="waking", zones=(0.0,)))
    hour = (drawn.ts - ORIGIN) // HOUR
    assert np.isin(hour, [14, 15, 16]).sum() > 4 * np.isin(hour, [2, 3, 4]).sum()


def test_the_weekend_is_quieter() -> None:
    drawn = starts(Activity(rate=50, weekend=0.2, zones=(0.0,), hours="flat"), days=7)
    day = (drawn.ts - ORIGIN) // DAY
    assert (day >= 5).mean() < 0.12


def test_a_pool_is_even_and_a_crowd_is_not() -> None:
    pool = np.bincount(starts(Activity(rate=40, clock="pool", hours="flat", even=0.9)).account, minlength=N)
    crowd = np.bincount(starts(Activity(rate=40, spread=0.0, hours="flat")).account, minlength=N)
    assert pool.var() < 0.4 * pool.mean()
    assert crowd.var() > 0.8 * crowd.mean()


def test_a_sticky_pool_stays_with_an_account() -> None:
    drawn = starts(Activity(rate=40, clock="pool", hours="flat", even=1.0, sticky=5))
    ordered = drawn.account[np.argsort(drawn.ts, kind="stable")]
    assert (np.diff(ordered) == 0).mean() == pytest.approx(0.8, abs=0.05)


def test_waves_are_synchronous() -> None:
    drawn = starts(Activity(rate=96, clock="waves", hours="flat", spread=0.1, even=0.8, wave_jitter_s=20))
    at = np.sort(drawn.ts)
    assert (np.diff(at) > 60_000).sum() == pytest.approx(96 / 0.8, abs=8)


def test_hourly_jobs_begin_at_the_full_hour() -> None:
    drawn = starts(Activity(rate=48, clock="hourly", hours="flat"))
    assert np.median((drawn.ts - ORIGIN) % HOUR) < 20_000


def test_scripts_are_regular_and_people_are_not() -> None:
    def irregularity(clock: str) -> float:
        drawn = starts(Activity(rate=200, spread=0.0, clock=clock, hours="flat"), n=1)  # type: ignore[arg-type]
        gaps = np.diff(np.sort(drawn.ts))
        return float(gaps.std() / gaps.mean())

    assert irregularity("steady") < 0.5 < 0.8 < irregularity("poisson")


def test_a_ramp_grows() -> None:
    drawn = starts(Activity(rate=50, hours="flat", ramp=((0, 0.0), (4, 1.0))), days=4)
    day = np.bincount((drawn.ts - ORIGIN) // DAY, minlength=4)
    assert day[0] < day[1] < day[2] < day[3]


def test_accounts_warm_up_from_when_they_join() -> None:
    drawn = starts(Activity(rate=80, hours="flat", warmup_days=2, start_day=1, spread=0), days=4)
    day = np.bincount((drawn.ts - ORIGIN) // DAY, minlength=4)
    assert day[0] == 0
    assert day[1] < 0.6 * day[3]


def test_organisations_join_together_and_leave() -> None:
    drawn = starts(Activity(rate=300, hours="flat", join_days=2, stay_days=0.2, join_by="org", spread=0), days=3)
    for org in range(N // 10):
        ts = drawn.ts[drawn.account // 10 == org]
        assert ts.max() - ts.min() <= 0.2 * DAY
