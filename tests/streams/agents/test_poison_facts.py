"""Facts that make a model raise end among the dead letters, and accounts are as if they had not been there."""

import asyncio
from pathlib import Path

import pytest

from models.account.row import BANNED, VERIFIED
from models.account.shard import AccountShard
from models.facts import AccountFacts
from models.links import stable_hash
from streams import topics
from streams.agents.poison import IN_A_ROW, PoisonError
from streams.settings import Settings
from streams.stack.local import local_stack
from tests.models.streams_of import START, Maker
from tests.producing import produce
from tests.streams.bus.waiting import eventually

pytestmark = pytest.mark.embedded

SECRET = "what-the-provider-wrote"
SETTINGS = Settings(partitions=1, insert_seconds=0.2)

plain_learn = AccountShard.learn_facts


def raise_on_poison(shard: AccountShard, facts: AccountFacts) -> None:
    """A model that fails after it has changed its state, and says too much."""
    plain_learn(shard, facts)
    if facts.plan == SECRET:
        raise KeyError(SECRET)


def facts(account: str, **fields: object) -> AccountFacts:
    return AccountFacts(account_id=account, ts=START, **fields)


async def test_poison_facts_are_put_aside_and_all_others_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AccountShard, "learn_facts", raise_on_poison)
    maker, n = Maker(5), 600
    async with local_stack(SETTINGS, tmp_path / "store") as stack:
        progress = stack.worker.progress
        produce(stack.bootstrap, (maker.event(f"a{at % 40}", START + 60_000 * at) for at in range(n)))
        await eventually(lambda: progress.handled[topics.API_EVENTS] == n, "the events are applied")
        said = [
            facts("a1", verified=True),
            facts("a2", status="banned", verified=True, plan=SECRET),  # its time has come
            facts("a1", verified=True, reseller=False),
            facts("a3", verified=True, plan=SECRET),
            facts("a4", verified=True),
        ]
        produce(stack.bootstrap, said, topics.ACCOUNT_FACTS)
        await eventually(lambda: progress.handled[topics.ACCOUNT_FACTS] == 5, "the facts are applied")
        await eventually(lambda: progress.dead_letters == 2, "two of them are put aside")
        produce(stack.bootstrap, (maker.event(f"a{at % 40}", START + 60_000 * at) for at in range(n, n + 40)))
        await eventually(lambda: progress.handled[topics.API_EVENTS] == n + 40, "the stream goes on")
        [(_, state)] = stack.worker.accounts.held
        bank = state.shard.bank
        flags = {
            name: int(bank.rows[bank.place_of_hash(stable_hash(name))]["flags"]) for name in ("a1", "a2", "a3", "a4")
        }
        events = int(bank.rows["events"].sum())
        await stack.worker.accounts.end_of_stream()
        await stack.worker.commit()
        await stack.worker.flush()
        ask = stack.client.query
        letters = ask("SELECT topic, offset, reason FROM dead_letters FINAL ORDER BY offset").result_rows
        stored = ask("SELECT account_id FROM account_facts FINAL ORDER BY 1").result_rows
        counted = ask("SELECT sum(events) FROM account_windows FINAL").result_rows
    assert [letter[:2] for letter in letters] == [(topics.ACCOUNT_FACTS, 1), (topics.ACCOUNT_FACTS, 3)]
    assert all("made the facts model raise KeyError at test_poison_facts.py:" in reason for *_, reason in letters)
    assert all(SECRET not in reason for *_, reason in letters)
    assert {name: value & (VERIFIED | BANNED) for name, value in flags.items()} == {
        "a1": VERIFIED, "a2": 0, "a3": 0, "a4": VERIFIED
    }  # fmt: skip
    assert {name for (name,) in stored} == {"a1", "a4"}
    assert events == n + 40
    assert counted == [(n + 40,)]


async def test_a_run_of_them_stops_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AccountShard, "learn_facts", raise_on_poison)

    async def run() -> None:
        async with local_stack(SETTINGS, tmp_path / "store") as stack:
            said = [facts(f"a{number}", plan=SECRET) for number in range(IN_A_ROW)]
            produce(stack.bootstrap, said, topics.ACCOUNT_FACTS)
            await asyncio.Event().wait()  # until the worker fails

    with pytest.raises(PoisonError, match=f"{IN_A_ROW} of them in a row") as failure:
        await run()
    assert SECRET not in str(failure.value)
