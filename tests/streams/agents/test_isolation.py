"""Records that make a model raise end among the dead letters, and the rest of the stream counts exactly once."""

import asyncio
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from models.account.columns import Columns
from models.account.shard import AccountShard, Outcome
from models.links import stable_hash
from streams import topics
from streams.agents.poison import IN_A_ROW, PoisonError
from streams.settings import Settings
from streams.stack.local import local_stack
from tests.models.streams_of import START, Maker
from tests.producing import produce
from tests.streams.bus.waiting import eventually

SECRET = "what the customer wrote"
SETTINGS = Settings(partitions=1, insert_seconds=0.2)

plain_process = AccountShard.process_columns


def raise_on_poison(shard: AccountShard, events: Columns) -> Outcome:
    """A model that fails after it has changed its state, and says too much."""
    outcome = plain_process(shard, events)
    if (events.exchanges["client"] == stable_hash(SECRET)).any():
        raise KeyError(SECRET)
    return outcome


def stream(poison: set[int], n: int = 3000) -> list[bytes]:
    maker = Maker(5)
    return [
        msgspec.json.encode(
            maker.event(f"a{number % 40}", START + 60_000 * number, client=SECRET if number in poison else "c")
        )
        for number in range(n)
    ]


async def test_a_poison_event_is_put_aside_and_the_rest_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AccountShard, "process_columns", raise_on_poison)
    poison = {700, 1500, 1501, 2999}
    values = stream(poison)
    async with local_stack(SETTINGS, tmp_path / "store") as stack:
        produce(stack.bootstrap, values)
        progress = stack.worker.progress
        await eventually(lambda: progress.handled[topics.API_EVENTS] == len(values), "all is applied")
        await eventually(lambda: progress.dead_letters == 4, "four are put aside")
        await stack.worker.accounts.end_of_stream()
        await stack.worker.flush()
        client = stack.client
        letters = client.query("SELECT offset, reason, rule FROM dead_letters ORDER BY offset").result_rows
        windows = client.query("SELECT account_id, sum(events) FROM account_windows FINAL GROUP BY 1").result_rows
        stored = client.query("SELECT count() FROM api_events").result_rows
    assert [offset for offset, *_ in letters] == sorted(poison)
    assert all("KeyError at test_isolation.py:" in reason for _, reason, _ in letters)
    assert all(SECRET not in reason + rule for _, reason, rule in letters)
    expected = Counter(f"a{number % 40}" for number in range(len(values)) if number not in poison)
    assert dict(windows) == expected
    assert stored == [(len(values) - len(poison),)]


async def test_a_run_of_them_stops_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AccountShard, "process_columns", raise_on_poison)
    values = stream(set(range(1000, 1000 + IN_A_ROW)))

    async def run() -> None:
        async with local_stack(SETTINGS, tmp_path / "store") as stack:
            produce(stack.bootstrap, values)
            await asyncio.Event().wait()  # until the worker fails

    with pytest.raises(PoisonError, match=f"{IN_A_ROW} of them in a row") as failure:
        await run()
    assert SECRET not in str(failure.value)
