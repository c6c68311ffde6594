"""An event dated years ahead closes nobody's windows and makes nobody late; a stream that moves on is followed."""

import numpy as np
import pytest

from models.account.clock import AHEAD, DOUBTED, VOTES
from models.account.sampler import Sampler
from models.account.shard import AccountShard
from models.account.state import AccountState
from tests.models.streams_of import START, Maker

YEARS = 5 * 365 * 86_400_000
HOUR = 3_600_000


def day(maker, events=400):
    return [maker.event(f"a{n % 20}", START + 60_000 * n) for n in range(events)]


def windows(shard, outcomes):
    """Events by account and window, of windows that are closed now or at the end."""
    found = {}
    for closed in (*(outcome.closed for outcome in outcomes), shard.close_all()):
        for one in closed:
            key = shard.bank.names[one["row"]], int(one["window"]["start"])
            found[key] = found.get(key, 0) + int(one["window"]["events"])
    return found


def undisturbed(events, at_once):
    """A shard that has taken in events of which nobody came late, none was dated ahead, and what it said."""
    shard = AccountShard()
    outcomes = [shard.process(events[at : at + at_once]) for at in range(0, len(events), at_once)]
    assert sum(outcome.late for outcome in outcomes) == 0
    assert shard.watermark == events[-1].ts
    assert max(int(outcome.sightings["ts"].max(initial=0)) for outcome in outcomes) <= events[-1].ts
    return shard, outcomes


def windows_beside_those_of_right_clocks(shard, outcomes):
    """All windows of a stream with a wrong clock in it, of which those of the others are as without it."""
    plain = AccountShard()
    expected = windows(plain, [plain.process(day(Maker(1)))])
    found = windows(shard, outcomes)
    assert {key: count for key, count in found.items() if key[0] != "a-wrong-clock"} == expected
    return found


@pytest.mark.parametrize("at_once", [1, 50, 400])
def test_one_event_dated_years_ahead_changes_nothing_for_the_others(at_once):
    maker = Maker(1)
    events = day(maker)
    events.insert(200, maker.event("a-wrong-clock", START + YEARS, templates=events[0].templates))
    shard, outcomes = undisturbed(events, at_once)
    assert int(shard.bank.rows["last"].max()) <= events[-1].ts
    found = windows_beside_those_of_right_clocks(shard, outcomes)
    assert sum(found.values()) == len(events), "it counts, once"


def test_a_tenth_of_the_events_from_a_wrong_clock_does_not_move_time():
    maker = Maker(2)
    events = [maker.event(f"a{n % 20}", START + 1000 * n + (YEARS if n % 10 == 7 else 0)) for n in range(5_000)]
    shard = AccountShard()
    outcomes = [shard.process(events[at : at + 100]) for at in range(0, len(events), 100)]
    assert shard.watermark == events[-1].ts
    assert sum(outcome.late for outcome in outcomes) == 0


def test_a_stream_that_goes_on_after_a_long_pause_is_followed():
    maker = Maker(3)
    after = START + 2 * AHEAD
    events = [*day(maker), *(maker.event(f"a{n % 20}", after + 60_000 * n) for n in range(200))]
    shard = AccountShard()
    outcomes = [shard.process(events[at : at + 7]) for at in range(0, len(events), 7)]
    assert shard.watermark == events[-1].ts
    found = windows(shard, outcomes)
    assert sum(found.values()) == len(events)
    assert sum(count for (_, start), count in found.items() if start >= after - HOUR) >= 200 - VOTES


def test_votes_are_saved():
    maker, saved = Maker(4), {}
    state = AccountState(AccountShard(saving=True), Sampler())
    part = [*day(maker, 40), *(maker.event("a1", START + YEARS + n) for n in range(VOTES - 1))]
    state.note(state.shard.process(part), len(part) - 1)
    saved.update(state.changes().records())
    again = AccountState(AccountShard(saving=True), Sampler())
    again.restore(saved.items())
    again.shard.process([maker.event("a1", START + YEARS + 99)])
    assert again.shard.watermark == START + YEARS, "the earliest that was voted for"


@pytest.mark.parametrize("at_once", [1, 50, 400])
def test_the_first_event_of_a_partition_dated_years_ahead_changes_nothing_for_the_others(at_once):
    maker = Maker(1)
    events = day(maker)
    events.insert(0, maker.event("a-wrong-clock", START + YEARS, templates=events[0].templates))
    shard, outcomes = undisturbed(events, at_once)
    for name in ("first", "last", "model_since"):
        assert int(shard.bank.rows[name].max()) <= events[-1].ts
    assert int(shard.bank.rows["slots"]["first"].max()) <= events[-1].ts
    assert int(shard.bank.rows["windows"]["start"].max()) <= events[-1].ts
    found = windows_beside_those_of_right_clocks(shard, outcomes)
    assert {key: count for key, count in found.items() if key[0] == "a-wrong-clock"} == {
        ("a-wrong-clock", events[1].ts - events[1].ts % HOUR): 1
    }


@pytest.mark.parametrize("wrong", [2, 8, VOTES - 1, 100])
def test_of_a_partition_that_begins_with_several_wrong_events_as_many_others_are_late_at_most(wrong):
    maker = Maker(2)
    events = [maker.event("a-wrong-clock", START + YEARS + n * HOUR // 4) for n in range(wrong)] + day(maker)
    shard = AccountShard()
    outcomes = [shard.process(events[at : at + 7]) for at in range(0, len(events), 7)]
    assert shard.watermark == events[-1].ts
    late = sum(outcome.late for outcome in outcomes)
    assert late == min(wrong, VOTES) - 1
    found = windows(shard, outcomes)
    assert sum(found.values()) == len(events) - late
    assert max(start for name, start in found if name != "a-wrong-clock") <= events[-1].ts


@pytest.mark.parametrize("years", [-25, -1, 1, 25])
def test_a_log_of_any_year_is_read_alike(years):
    moved = years * 365 * 86_400_000
    events, shard, plain = day(Maker(3)), AccountShard(), AccountShard()
    maker = Maker(3)
    outcome = shard.process([maker.event(f"a{n % 20}", one.ts + moved) for n, one in enumerate(events)])
    expected = windows(plain, [plain.process(events)])
    assert outcome.late == 0
    assert windows(shard, [outcome]) == {(name, start + moved): count for (name, start), count in expected.items()}


def test_one_event_far_behind_at_the_start_does_not_keep_time_back():
    maker = Maker(4)
    events = [maker.event("a-buffer", START - YEARS), *day(maker)]
    shard = AccountShard()
    outcomes = [shard.process(events[at : at + 7]) for at in range(0, len(events), 7)]
    assert shard.watermark == events[-1].ts
    found = windows(shard, outcomes)
    assert sum(count for (_, start), count in found.items() if start < START - AHEAD) <= VOTES


def test_a_stream_of_right_clocks_is_the_same_whether_its_beginning_is_doubted_or_not():
    maker = Maker(5)
    events = sorted([*maker.pool([f"p{n}" for n in range(10)], 1, 30), *maker.crowd(30, 1)], key=lambda one: one.ts)
    doubting, believing = AccountShard(), AccountShard()
    believing.clock.sure = True
    one, other = doubting.process(events), believing.process(events)
    assert sorted(row.tobytes() for row in one.sightings) == sorted(row.tobytes() for row in other.sightings)
    assert windows(doubting, [one]) == windows(believing, [other])
    assert np.array_equal(one.fresh, other.fresh)
    assert np.array_equal(one.touched, other.touched)
    assert doubting.bank.rows.tobytes() == believing.bank.rows.tobytes()


def test_times_without_any_order_are_not_doubted_for_ever():
    maker = Maker(6)
    shard = AccountShard()
    shard.process([maker.event("a", START + int(maker.rng.integers(0, 10**12))) for _ in range(DOUBTED)])
    assert shard.clock.sure


@pytest.mark.parametrize("at", [1, 2, 4, 9])
def test_doubts_are_saved(at):
    maker, saved = Maker(7), {}
    events = [*(maker.event("a-wrong-clock", START + YEARS + n) for n in range(3)), *day(maker, 40)]
    whole = AccountState(AccountShard(saving=True), Sampler())
    whole.note(whole.shard.process(events), len(events) - 1)
    before = AccountState(AccountShard(saving=True), Sampler())
    for number, event in enumerate(events[:at]):  # each a checkpoint
        before.note(before.shard.process([event]), number)
        saved.update(before.changes().records())
    after = AccountState(AccountShard(saving=True), Sampler())
    after.restore(saved.items())
    after.note(after.shard.process(events[at:]), len(events) - 1)
    assert after.shard.watermark == whole.shard.watermark == events[-1].ts
    for name in ("a-wrong-clock", "a0", "a1"):
        rows = [state.shard.bank.rows[state.shard.bank.place_of(name)] for state in (whole, after)]
        assert rows[0].tobytes() == rows[1].tobytes()
