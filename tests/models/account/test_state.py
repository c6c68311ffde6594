"""What is saved of a partition and put back makes it go on as if nothing had happened."""

import numpy as np
import pytest

from models.account.row import BANNED
from models.account.sampler import Sampler
from models.account.shard import AccountShard
from models.account.state import HEADER, AccountState, StateError
from models.facts import AccountFacts
from models.links import stable_hash
from tests.models.streams_of import START, Maker

REMEMBERED = 1 << 14


def new_state():
    return AccountState(AccountShard(saving=True, remembered=REMEMBERED), Sampler(size=64))


def some_events(seed=0, accounts=60, days=3):
    maker = Maker(seed)
    shared = maker.keys(3)
    events = [
        event
        for n in range(accounts)
        for event in maker.person(
            f"a{n}", days, org_id=f"o{n % 7}" if n % 2 else f"a{n}", payment=f"p{n % 9}", ip=f"ip{n % 5}"
        )
    ]
    events += [
        maker.event(f"b{n % 20}", START + 60_000 * n, templates=[*shared, *maker.keys(2)], session_id=f"s{n % 50}")
        for n in range(600)
    ]
    return sorted(events, key=lambda event: event.ts)


def run(state, events, first_offset, saved=None, every=97):
    """Apply events in parts; return what came out. Saves into `saved` after each part."""
    sightings, closed = [], []
    for at in range(0, len(events), every):
        part = events[at : at + every]
        outcome = state.shard.process(part)
        state.note(outcome, first_offset + at + len(part) - 1)
        sightings.append(outcome.sightings)
        names = [state.shard.bank.names[row] for row in outcome.closed["row"]]
        closed += [(name, window.tobytes()) for name, window in zip(names, outcome.closed["window"], strict=True)]
        chosen = state.sampler.choose(state.shard.bank.rows, outcome.touched)
        sightings.append(state.shard.describe(chosen))
        if saved is not None:
            saved.update(state.changes().records())
    return np.concatenate(sightings), closed


def in_order(sightings):
    return sorted(row.tobytes() for row in sightings)


@pytest.mark.parametrize("cut", [97, 97 * 5, 97 * 11])
def test_a_restored_partition_goes_on_as_the_uninterrupted_one(cut):
    events = some_events()
    plain = new_state()
    run(plain, events[:cut], 0)
    expected, expected_closed = run(plain, events[cut:], cut)
    saved = {}
    run(new_state(), events[:cut], 0, saved)
    restored = new_state()
    restored.restore(saved.items())
    assert restored.offset == cut - 1
    # The key of the hashes of sessions differs from `plain`'s: what matters is which are equal.
    found, closed = run(restored, events[cut:], cut)
    assert in_order(found) == in_order(expected)
    assert sorted(closed) == sorted(expected_closed)


def test_an_event_id_that_comes_again_after_the_restart_is_a_duplicate():
    events = some_events()
    saved = {}
    run(new_state(), events, 0, saved)
    restored = new_state()
    restored.restore(saved.items())
    outcome = restored.shard.process(events[-500:])
    assert not outcome.fresh.any()


def test_the_filters_outlive_several_restarts_and_a_change_of_generation():
    events = some_events(accounts=200, days=8)
    saved, state = {}, new_state()
    state.shard.event_ids = type(state.shard.event_ids)(capacity=2048, saving=True)
    for at in range(0, len(events), 700):
        run(state, events[at : at + 700], at, saved)
        state = new_state()
        state.restore(saved.items())
        assert not state.shard.process(events[max(0, at - 200) : at + 700]).fresh.any()
        state = new_state()
        state.restore(saved.items())


def test_facts_are_saved_too():
    saved, state = {}, new_state()
    state.learn_facts(AccountFacts(account_id="x", ts=1, verified=True))
    saved.update(state.changes().records())
    restored = new_state()
    restored.restore(saved.items())
    place = restored.shard.bank.place_of("x")
    assert restored.shard.bank.rows[place]["flags"] == state.shard.bank.rows[0]["flags"] != 0


def test_bans_that_are_still_to_come_are_saved_too():
    state, maker = new_state(), Maker(1)
    for _ in range(2):  # facts, too, are delivered at least once
        state.shard.learn_facts(AccountFacts(account_id="x", ts=START + 1000, status="banned"))
    state.shard.learn_facts(AccountFacts(account_id="y", ts=START + 1000, status="banned"))
    state.shard.learn_facts(AccountFacts(account_id="y", ts=START, status="active"))
    outcome = state.shard.process([maker.event("x", START), maker.event("y", START)])
    state.note(outcome, 1)
    again = new_state()
    again.restore(dict(state.changes().records()).items())
    assert [facts.account_id for facts in again.shard.pending_bans] == ["x"]
    again.shard.process([maker.event("x", START + 2000)])
    flags = {name: int(again.shard.bank.rows["flags"][again.shard.bank.place_of(name)]) for name in ("x", "y")}
    assert flags == {"x": BANNED, "y": 0}


def test_only_what_changed_is_written():
    state = new_state()
    run(state, some_events(), 0)
    assert len(list(state.changes().records())) > 80
    assert [key for key, _ in state.changes().records()] == [HEADER]


def test_a_row_of_another_version_is_left_out_and_a_header_of_another_version_refused():
    saved = {}
    run(new_state(), some_events(accounts=3, days=1), 0, saved)
    key = next(key for key in saved if key[:1] == b"a")
    restored = new_state()
    restored.restore((saved | {key: bytes([99]) + saved[key][1:]}).items())
    assert restored.dropped == 1
    with pytest.raises(StateError, match="group_id"):
        new_state().restore((saved | {HEADER: b"\xc1"}).items())


def test_an_erased_account_is_gone():
    saved = {}
    run(new_state(), some_events(accounts=3, days=1), 0, saved)
    restored = new_state()
    restored.restore((saved | {b"aa1": None}).items())
    assert restored.shard.bank.place_of("a1") is None
    assert restored.shard.bank.place_of("a2") is not None


def test_an_erased_account_does_not_come_back_from_a_record_that_was_not_compacted():
    saved, state = {}, new_state()
    state.learn_facts(AccountFacts(account_id="a1", ts=START + 10**9, status="banned"))
    run(state, some_events(accounts=3, days=1), 0, saved)
    restored = new_state()
    restored.restore([*saved.items(), (b"aa1", None), (b"anobody", None)])
    assert restored.shard.bank.place_of("a1") is None
    assert restored.shard.pending_bans == ()
    assert restored.sampler.told(stable_hash("a1")) == 0 != restored.sampler.told(stable_hash("a2"))
    again = new_state()
    again.restore([*saved.items(), (b"aa1", None), (b"aa1", saved[b"aa1"])])
    assert again.shard.bank.place_of("a1") is not None, "it came again after it was erased"


def test_an_account_that_is_erased_is_buried_where_it_was_saved_and_begins_anew():
    saved, state = {}, new_state()
    run(state, some_events(accounts=3, days=1), 0, saved)
    state.shard.process([Maker(3).event("a1", START + 10**9)])  # not saved yet
    state.learn_facts(AccountFacts(account_id="a1", ts=START + 10**10, status="banned"))
    state.erase(stable_hash("a1"))
    state.erase(stable_hash("nobody"))
    assert state.shard.bank.place_of("a1") is None
    assert state.shard.pending_bans == ()
    written = dict(state.changes().records())
    assert written.pop(b"aa1") is None
    assert not [key for key in written if key[:1] == b"a"]
    state.note(state.shard.process([Maker(4).event("a1", START + 10**9 + 1)]), 10_000)
    assert state.shard.bank.rows["events"][state.shard.bank.place_of("a1")] == 1
    assert dict(state.changes().records())[b"aa1"] is not None


def test_facts_and_erasures_that_are_not_saved_are_known_until_they_surely_are():
    state = new_state()
    state.learn_facts(AccountFacts(account_id="x", ts=1, verified=True))
    state.changes()
    state.learn_facts(AccountFacts(account_id="y", ts=1, verified=True))
    state.erase(stable_hash("z"))
    again = new_state()
    again.learn_facts(AccountFacts(account_id="z", ts=1, verified=True))
    again.relearn(state.unsaved_facts)
    assert [again.shard.bank.place_of(name) is not None for name in "xyz"] == [True, True, False]
    state.changes()
    state.changes()
    assert state.unsaved_facts == {}
