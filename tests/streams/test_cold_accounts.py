"""Accounts that leave memory and come back are what they would have been had they stayed."""

import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from models.account.bank import AccountBank
from models.account.record import ACCOUNT, of_record
from models.account.sampler import Sampler
from models.account.shard import AccountShard
from models.account.state import AccountState
from models.campaign.model import CampaignModel
from models.facts import AccountFacts
from models.link.shard import LinkShard
from models.links import stable_hash
from streams.state.cold_accounts import ColdAccountsError, ColdAccountsOnDisk
from tests.disk import small_disk
from tests.models.account.test_state import some_events
from tests.models.streams_of import START, Maker, in_order

AT_ONCE = 50


class Counted:
    """A partition with at most `most` accounts in memory, and everything that came of its events."""

    def __init__(self, directory, most):
        bank = AccountBank(capacity=64, cold=ColdAccountsOnDisk(directory))
        shard = AccountShard(bank=bank, saving=True, remembered=1 << 14)
        self.state = AccountState(shard, Sampler(size=32), most=most, tell=self.tell)
        self.windows, self.sightings, self.saved, self.largest = {}, [], {}, 0

    def tell(self, shard, closed):
        for one in closed:
            key = (shard.bank.names[one["row"]], int(one["window"]["start"]))
            if key not in self.windows or self.windows[key]["events"] <= one["window"]["events"]:
                self.windows[key] = one["window"].copy()

    def run(self, events, first=0):
        for at in range(0, len(events), AT_ONCE):
            part = events[at : at + AT_ONCE]
            outcome = self.state.shard.process(part)
            self.state.note(outcome, first + at + len(part) - 1)
            self.tell(self.state.shard, outcome.closed)
            chosen = self.state.sampler.choose(self.state.shard.bank.rows, outcome.touched)
            self.sightings += [outcome.sightings, self.state.shard.describe(chosen)]
            self.saved.update(self.state.changes().records())
            while len(places := self.state.coldest()):
                self.state.part_with(places)
            self.largest = max(self.largest, len(self.state.shard.bank))
        return self

    def accounts(self):
        """What is saved of each account, but for windows: those of cold accounts stay open."""
        found = {}
        for key, value in self.saved.items():
            if key[:1] == ACCOUNT:
                one = of_record(key, value)
                one.row["windows"] = np.zeros((), one.row["windows"].dtype)
                found[one.name] = (one.org, one.told, one.row.tobytes())
        return found

    def told(self):
        return [row.tobytes() for part in self.sightings for row in np.sort(part, order=["key", "ts"])]


@pytest.fixture(scope="module")
def events():
    return some_events(accounts=120, days=2)


@pytest.fixture(scope="module")
def unlimited(events, tmp_path_factory):
    return Counted(tmp_path_factory.mktemp("all"), None).run(events)


@pytest.mark.parametrize("most", [1, 30])
def test_with_little_memory_everything_comes_out_as_with_enough(most, events, unlimited, tmp_path):
    limited = Counted(tmp_path, most).run(events)
    assert limited.state.shard.bank.recalled > 50
    assert limited.largest <= most
    assert sorted(limited.told()) == sorted(unlimited.told())
    for one in (limited, unlimited):
        one.tell(one.state.shard, one.state.shard.close_all())
    assert {key: window.tobytes() for key, window in limited.windows.items()} == {
        key: window.tobytes() for key, window in unlimited.windows.items()
    }
    assert limited.accounts() == unlimited.accounts()


def test_with_little_memory_the_same_campaign_is_found(tmp_path):
    maker = Maker(5)
    pool = maker.pool([f"p{n}" for n in range(30)], days=1, rate=30)
    events = in_order([*pool, *maker.crowd(100, days=1)])
    found = []
    for most in (None, 10):
        links, campaigns = LinkShard(), CampaignModel()
        run = Counted(tmp_path / str(most), most).run(events)
        for part in run.sightings:
            campaigns.learn_population(part[part["kind"] == 0]["owner"])
            campaigns.process(links.process(part[part["kind"] != 0]))
        found.append({one.id: (one.status, sorted(one.accounts)) for one in campaigns.campaigns.values()})
    assert found[0] == found[1]
    assert found[0]


def test_a_partition_is_put_back_within_its_memory_and_goes_on(events, unlimited, tmp_path):
    half = len(events) // 2 // AT_ONCE * AT_ONCE
    before = Counted(tmp_path / "a", 20).run(events[:half])
    after = Counted(tmp_path / "b", 20)
    after.state.restore(iter([*before.saved.items()] * 60))  # more records than are put back at once
    after.run(events[half:], half)
    assert after.largest <= 20
    told = sorted([*before.told(), *after.told()])
    assert told == sorted(unlimited.told())


def test_a_flood_of_account_ids_costs_disk_and_not_memory(tmp_path):
    maker, run = Maker(1), Counted(tmp_path, 100)
    run.run([maker.event(f"flood-{n}", START + n, org_id=f"org-{n}") for n in range(5_000)])
    assert run.largest <= 100
    assert len(run.state.shard.bank.rows) <= 256
    assert len(run.state.shard.bank.names) <= 256
    assert not list(tmp_path.iterdir()), "the file has no name, and is gone with the process"
    run.run([maker.event("flood-7", START + 6_000)], 5_000)
    assert run.state.shard.bank.rows[run.state.shard.bank.place_of("flood-7")]["events"] == 2


def test_facts_and_labels_reach_accounts_that_are_cold(tmp_path):
    maker, run = Maker(1), Counted(tmp_path, 10)
    run.run([maker.event(f"a{n}", START + n) for n in range(200)])
    shard = run.state.shard
    run.state.learn_facts(AccountFacts(account_id="a0", ts=START, verified=True))
    shard.clear("a1", cleared=True)
    run.run([maker.event(f"b{n}", START + 1000 + n) for n in range(200)], 200)
    for name in ("a0", "a1"):
        assert shard.bank.rows[shard.bank.place_of(name)]["flags"] != 0
        assert shard.bank.rows[shard.bank.place_of(name)]["events"] == 1


def file_of(directory):
    """What is in the file of cold accounts, which has no name any more."""
    # The listing has itself in it, which is gone by then.
    files = [file for file in Path("/proc/self/fd").glob("*") if os.path.realpath(file).startswith(str(directory))]
    return b"".join(file.read_bytes() for file in files)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the file in /proc")
def test_an_erased_account_is_not_among_the_cold_ones_any_more(tmp_path):
    maker, run = Maker(1), Counted(tmp_path, 20)
    run.run([maker.event(f"account-number-{n}", START + n) for n in range(2_000)])
    run.run([maker.event("account-number-9", START + 3_000)], 2_000)  # warm again, and still in the file
    assert all(b"account-number-%d" % n in file_of(tmp_path) for n in (7, 9, 11))
    for n in (7, 9):
        run.state.erase(stable_hash(f"account-number-{n}"))
        assert run.state.shard.bank.place_of(f"account-number-{n}") is None
    assert re.findall(rb"account-number-(?:7|9|11)(?!\d)", file_of(tmp_path)) == [b"account-number-11"]
    assert {b"aaccount-number-7", b"aaccount-number-9"} == {
        key for key, value in run.state.changes().records() if value is None
    }


def test_an_account_that_left_memory_while_it_was_put_back_and_was_erased_then_is_gone(tmp_path):
    maker, before = Maker(1), Counted(tmp_path / "a", 20)
    before.run([maker.event(f"a{n}", START + n) for n in range(12_000)])
    after = Counted(tmp_path / "b", 20)
    after.state.restore([*before.saved.items(), (b"aa3", None)])
    assert after.state.shard.bank.left > 5_000
    assert after.state.shard.bank.place_of("a3") is None
    assert after.state.shard.bank.place_of("a4") is not None


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", "1m") as made:
        yield made


def test_a_full_disk_is_explained_and_loses_nothing_once_there_is_space(events, unlimited, disk):
    run, done = Counted(disk.path / "a", 20), len(events) // 2 // AT_ONCE * AT_ONCE
    run.run(events[:done])
    saved, told, at = dict(run.saved), run.told(), run.state.offset
    disk.fill(leave=8192)
    flood = [Maker(9).event(f"flood-{n}", events[done].ts, org_id=f"o{n}") for n in range(2_000)]
    with pytest.raises(ColdAccountsError, match=r"Free space there.*data_dir") as failure:
        run.run(flood)
    assert "flood-" not in str(failure.value)
    del run
    disk.make_room()
    # As the worker that is started again: from what was saved, and from the events behind that.
    after = Counted(disk.path / "b", 20)
    after.state.restore(saved.items())
    assert after.state.offset == at
    after.run(events[done:], done)
    assert sorted([*told, *after.told()]) == sorted(unlimited.told())
