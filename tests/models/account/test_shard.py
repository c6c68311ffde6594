"""One partition's accounts: what is learnt of them is exact, and a batch equals one event at a time."""

from base64 import b64decode

import numpy as np
import pytest
from river import stats

from models.account.row import ACCOUNT, BANNED, FADING, SLOTS, VERIFIED, pack, unpack
from models.account.shard import AccountShard
from models.facts import AccountFacts
from models.links import LinkKind, stable_hash
from tests.models.streams_of import HOUR, START, Maker, in_order


@pytest.fixture
def maker() -> Maker:
    return Maker(seed=5)


def row(shard: AccountShard, name: str) -> np.void:
    place = shard.bank.place_of(name)
    assert place is not None
    return shard.bank.rows[place]


def test_cadence_equals_rivers_exponentially_weighted_mean_and_variance(maker):
    times = np.cumsum(1000 * maker.rng.lognormal(3, 1, size=200)).astype(int)
    shard = AccountShard()
    shard.process([maker.event("a", START + t) for t in times])
    mean, variance = stats.EWMean(FADING), stats.EWVar(FADING)
    for gap in np.log(np.diff(times) / 1000):
        mean.update(gap)
        variance.update(gap)
    learnt = row(shard, "a")
    assert learnt["gap_mean"] == pytest.approx(mean.get(), rel=1e-12)
    assert learnt["gap_square"] - learnt["gap_mean"] ** 2 == pytest.approx(variance.get(), rel=1e-9)


@pytest.mark.parametrize("size", [1, 7, 500])
def test_any_chunking_leads_to_the_same_rows_windows_and_sightings(maker, size):
    events = in_order(maker.crowd(20, days=1) + list(maker.pool(["p", "q"], 1, 30)))

    def run(chunk: int) -> tuple[bytes, list, list]:
        shard = AccountShard()
        outcomes = [shard.process(events[i : i + chunk]) for i in range(0, len(events), chunk)]
        closed = [one for outcome in outcomes for one in outcome.closed] + list(shard.close_all())
        rows = shard.bank.rows[: len(shard.bank)].copy()
        rows["session"] = 0  # hashed with a key of this process
        windows = sorted(shard.bank.names[one["row"]].encode() + one["window"].tobytes() for one in closed)
        sightings = [one.tobytes() for outcome in outcomes for one in outcome.sightings]
        return rows.tobytes(), windows, sightings

    assert run(size) == run(len(events))


def test_facts_of_more_accounts_than_a_bank_begins_with_are_all_kept():
    shard = AccountShard()
    for number in range(3 * len(shard.bank.rows)):
        shard.learn_facts(AccountFacts(account_id=f"a{number}", ts=START, verified=True))
    assert (shard.bank.rows["flags"][: len(shard.bank)] == VERIFIED).all()


def test_windows_hold_every_event_once(maker):
    events = in_order(maker.crowd(30, days=2))
    shard = AccountShard()
    closed = [one for i in range(0, len(events), 300) for one in shard.process(events[i : i + 300]).closed]
    closed += list(shard.close_all())
    counted: dict[tuple[str, int], int] = {}
    for one in closed:
        key = (shard.bank.names[one["row"]], int(one["window"]["start"]))
        assert key not in counted, "a window was closed twice"
        counted[key] = int(one["window"]["events"])
    expected: dict[tuple[str, int], int] = {}
    for event in events:
        key = (event.account_id, event.ts - event.ts % HOUR)
        expected[key] = expected.get(key, 0) + 1
    assert counted == expected


def test_events_a_little_out_of_order_still_fall_into_their_window(maker):
    shard = AccountShard()
    boundary = START - START % HOUR + HOUR
    shard.process(
        [maker.event("a", boundary + 1000), maker.event("a", boundary - 1000), maker.event("a", boundary + 2000)]
    )
    windows = {int(one["window"]["start"]): int(one["window"]["events"]) for one in shard.close_all()}
    assert windows == {boundary - HOUR: 1, boundary: 2}


def test_a_late_event_counts_in_totals_and_in_no_window(maker):
    shard = AccountShard()
    outcome = shard.process([maker.event("a", START + HOUR), maker.event("a", START)])
    assert outcome.late == 1
    assert row(shard, "a")["events"] == 2
    assert row(shard, "a")["late"] == 1
    assert sum(int(one["window"]["events"]) for one in shard.close_all()) == 1


def test_a_repeated_event_id_counts_once_within_and_across_chunks(maker):
    shard = AccountShard()
    event = maker.event("a", START)
    assert shard.process([event, event]).fresh.tolist() == [True, False]
    assert shard.process([event]).fresh.tolist() == [False]
    assert row(shard, "a")["events"] == 1


def test_a_key_used_once_is_not_told_and_the_second_use_tells_of_both(maker):
    shard, key = AccountShard(), maker.key()
    assert len(shard.process([maker.event("a", START, templates=[key])]).sightings) == 0
    told = shard.process([maker.event("b", START + 1, templates=[key])]).sightings
    assert told["owner"]["account"].tolist() == [stable_hash("a"), stable_hash("b")]
    assert told["link_events"].tolist() == [1, 1]
    assert set(told["key"].tolist()) == {int(key, 16)}


def test_later_turns_of_a_conversation_do_not_count_as_uses_of_its_template(maker):
    shard, key = AccountShard(), maker.key()
    turns = [maker.event("a", START + turn, templates=[key], session_id="s", turn=turn) for turn in range(1, 20)]
    assert len(shard.process(turns).sightings) == 0
    assert row(shard, "a")["openings"] == 1


def test_a_session_that_never_says_turn_one_still_opens_once(maker):
    shard = AccountShard()
    shard.process([maker.event("a", START + i, session_id=f"s{i // 3}", turn=5) for i in range(9)])
    assert row(shard, "a")["openings"] == 3


def test_presenting_a_block_of_ones_own_is_silent_and_a_foreign_one_is_told(maker):
    shard = AccountShard()
    own = [
        maker.event("a", START, reasoning_out="r1"),
        maker.event("a", START + 1, reasoning_in=["r1"]),
    ]
    assert shard.process(own).sightings["link_events"].tolist() == [0]
    told = shard.process([maker.event("b", START + 2, reasoning_in=["r1"])]).sightings
    assert told["kind"].tolist() == [LinkKind.REASONING]
    assert told["link_events"].tolist() == [1]


def test_state_bytes_round_trip_and_other_versions_are_refused(maker):
    shard = AccountShard()
    shard.process(list(maker.person("a", 2)))
    state = pack(row(shard, "a"))
    back = unpack(state)
    assert back is not None
    assert back.tobytes() == row(shard, "a").tobytes()
    assert unpack(bytes([99]) + state[1:]) is None
    assert unpack(state[:-1]) is None
    assert ACCOUNT.itemsize <= 2048, "the goal is two kibibytes an account"


def test_lateness_longer_than_a_window_is_refused():
    with pytest.raises(ValueError, match="lateness of 7200000 ms is longer than a window"):
        AccountShard(lateness_ms=2 * HOUR, window_ms=HOUR)


def test_cohesion_is_the_mean_cosine_between_an_accounts_own_prompts(maker):
    shard, vectors = AccountShard(), []
    for i in range(5):
        content = maker.content(np.ones(64), noise=2.0)
        vectors.append(np.frombuffer(b64decode(content), dtype=np.int8).astype(float))
        shard.process([maker.event("a", START + i, content=content, output_tokens=10 * i)])
    told = shard.describe(np.array([0]))["owner"][0]
    products = np.array(vectors) @ np.array(vectors).T
    pairs = (products.sum() - np.trace(products)) / 20
    assert told["cohesion"] == pytest.approx(pairs / (np.trace(products) / 5), rel=1e-5)
    outputs = np.log1p(10 * np.arange(5))
    assert told["output_mean"] == pytest.approx(outputs.mean(), rel=1e-5)
    assert told["output_var"] == pytest.approx(outputs.var(), rel=1e-5)


def test_a_ban_holds_from_its_time_on_and_is_told_on_all_links(maker):
    shard, key = AccountShard(), maker.key()
    shard.learn_facts(AccountFacts(account_id="a", ts=START + HOUR, status="banned"))
    told = shard.process([maker.event(one, START + i, templates=[key]) for i, one in enumerate("aabb")]).sightings
    assert not (told["owner"]["flags"] & BANNED).any()
    later = shard.process([maker.event("c", START + HOUR + 1)]).sightings
    assert later["key"].tolist() == [int(key, 16)]
    assert later["owner"]["account"].tolist() == [stable_hash("a")]
    assert (later["owner"]["flags"] & BANNED).all()


def test_moves_of_model_client_and_network_are_counted(maker):
    shard = AccountShard()
    for i, (model, client, ip) in enumerate([("m", "c", "1"), ("m", "d", "2"), ("n", "d", "1"), ("n", "d", "1")]):
        shard.process([maker.event("a", START + i, model=model, client=client, ip=ip)])
    told = shard.describe(np.array([0]))["owner"][0]
    assert (told["client_moves"], told["ip_moves"], told["model_since"]) == (1, 2, START + 2)
    assert told["model"] == stable_hash("n") & 0xFFFFFFFF


def test_registers_agree_as_often_as_accounts_are_active_in_the_same_minutes(maker):
    shard, minutes = AccountShard(), maker.rng.permutation(4000)
    for pair in range(200):  # each pair of accounts has half of all its minutes in common
        mine = minutes[10 * pair : 10 * pair + 15]
        shard.process([maker.event(f"{pair}a", START + 60_000 * minute) for minute in mine[:10]])
        shard.process([maker.event(f"{pair}b", START + 60_000 * minute) for minute in mine[5:]])
    registers = shard.describe(np.arange(400))["owner"]["minutes"]
    assert (registers[0::2] == registers[1::2]).mean() == pytest.approx(1 / 3, abs=0.05)


def test_identities_are_told_of_though_nobody_else_in_the_partition_has_them(maker):
    """Else a card of three would be seen where two of its holders share a partition, and nowhere else."""
    had = {kind: maker.key() for kind in (LinkKind.PAYMENT, LinkKind.SIGNUP, LinkKind.IP, LinkKind.TLS)}
    fields = {kind.name.lower(): key for kind, key in had.items()}
    shard = AccountShard()
    assert not len(shard.process([maker.event("a", START, **fields)]).sightings)
    told = shard.process([maker.event("a", START + HOUR, **fields)]).sightings
    assert dict(zip(told["kind"].tolist(), told["key"].tolist(), strict=True)) == {
        int(kind): stable_hash(key, kind=kind) for kind, key in had.items()
    }
    assert set(told["link_events"].tolist()) == {2}


def test_an_account_at_work_for_long_can_move_to_another_prompt_and_keeps_who_pays(maker):
    """All slots are full of prompts of which each was used a few times; then comes one fixed prompt of 12 keys."""
    shard, now = AccountShard(), START
    told = [maker.event("a", now, payment="card"), maker.event("b", now, payment="card")]  # shared, so it travels
    for _ in range(60):
        prompt = maker.keys(4)
        told += [maker.event("a", now := now + HOUR // 4, templates=prompt) for _ in range(3)]
    shard.process(told)
    assert np.count_nonzero(row(shard, "a")["slots"]["key"]) == SLOTS
    fixed = maker.keys(12)
    shard.process([maker.event("a", now := now + HOUR // 4, templates=fixed) for _ in range(20)])
    kept = {f"{one['key']:016x}": int(one["count"]) for one in row(shard, "a")["slots"]}
    assert [kept.get(key) for key in fixed] == [20] * 12
    assert LinkKind.PAYMENT in row(shard, "a")["slots"]["kind"]
