"""What an analyst inserts in SQL changes what the running pipeline says, and survives a restart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from models.account.row import CLEARED
from models.event import Event
from models.policy import Policy
from streams import topics
from streams.bus.producer import RawProducer
from streams.settings import Settings
from streams.stack.local import LocalStack, local_stack
from streams.store.embedded import EmbeddedStore
from tests.models.streams_of import Maker, in_order

pytestmark = pytest.mark.embedded

POOL = [f"pool-{i}" for i in range(60)]
EVENTS = in_order(Maker(seed=1).crowd(300, days=2) + list(Maker(seed=2).pool(POOL, days=2, rate=26)))
# One partition: with several, which link a campaign is named after depends on which one is ahead.
SETTINGS = Settings(partitions=1, label_seconds=0.2, insert_seconds=0.2, detection=Policy(population_sample=512))
LABEL = "INSERT INTO labels (entity_type, entity_id, verdict, analyst, note"
STATUS = "SELECT status FROM campaigns FINAL WHERE campaign_id = {which:String}"
ACTIVE = "SELECT account_id FROM campaign_members FINAL WHERE active AND campaign_id = {which:String}"


def produce(stack: LocalStack, events: Sequence[Event]) -> None:
    with RawProducer(stack.bootstrap) as producer:
        for event in events:
            producer.send(topics.API_EVENTS, msgspec.json.encode(event), event.account_id.encode())


async def eventually(condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        await asyncio.sleep(0.02)


async def handled(stack: LocalStack, events: int) -> None:
    progress = stack.worker.progress
    await eventually(lambda: progress.events == events, "all events counted")
    await eventually(lambda: not progress.waiting(topics.SIGHTINGS, topics.EVIDENCE), "all evidence judged")
    await stack.worker.flush()


def ask(client: Client, sql: str, which: str) -> list[str]:
    return [row[0] for row in client.query(sql, parameters={"which": which}).result_rows]


async def test_labels_take_effect_are_audited_and_can_be_taken_back(tmp_path: Path) -> None:
    half = len(EVENTS) // 2
    async with local_stack(SETTINGS, tmp_path / "store", labels=True) as stack:
        client = stack.store.client()
        produce(stack, EVENTS[:half])
        await handled(stack, half)
        [which] = [row[0] for row in client.query("SELECT campaign_id FROM v_alerts").result_rows]
        assert ask(client, STATUS, which) == ["alert"]
        assert set(ask(client, ACTIVE, which)) == set(POOL)

        client.command(f"{LABEL}) VALUES ('campaign', '{which}', 'permitted', 'ana', 'contract of May')")
        await eventually(lambda: ask(client, STATUS, which) == ["cleared"], "the campaign is cleared")
        assert client.query("SELECT status, verdict FROM v_campaigns").result_rows[0] == ("cleared", "permitted")

        client.command(f"{LABEL}, withdrawn) VALUES ('campaign', '{which}', 'permitted', 'bo', 'it ended', true)")
        await eventually(lambda: ask(client, STATUS, which) == ["alert"], "the evidence stands again")
        client.command(f"{LABEL}) SELECT 'account', account_id, 'benign', 'ana', 'staff' FROM v_members LIMIT 5")
        await eventually(lambda: len(ask(client, ACTIVE, which)) == 55, "five members have left")
        left = set(POOL) - set(ask(client, ACTIVE, which))

        produce(stack, EVENTS[half:])
        await handled(stack, len(EVENTS))
        assert set(ask(client, ACTIVE, which)) == set(POOL) - left, "their further events do not bring them back"
        shards = [state.shard for _, state in stack.worker.accounts.held]
        cleared = [name for shard in shards for name in shard.bank.names if flags_of(shard, name) & CLEARED]
        assert set(cleared) == left

        client.command(f"{LABEL}) VALUES ('campaign', '{which}', 'benign', 'ana', 'a school')")
        await eventually(lambda: ask(client, STATUS, which) == ["cleared"], "the campaign is cleared again")
        await stack.worker.flush()
        history = client.query(
            "SELECT verdict, verdict_before, analyst, status_before, status_after, seconds < 30 FROM v_label_history"
            " WHERE entity_type = 'campaign' ORDER BY at"
        ).result_rows
        assert history == [
            ("permitted", "", "ana", ["alert"], ["cleared"], True),
            ("withdrawn", "permitted", "bo", ["cleared"], ["alert"], True),
            ("benign", "", "ana", ["alert"], ["cleared"], True),
        ]
        accounts = client.query(
            "SELECT entity_id, campaigns FROM v_label_history WHERE entity_type = 'account' AND applied_at IS NOT NULL"
        ).result_rows
        assert sorted(accounts) == sorted((name, [which]) for name in left)

    with EmbeddedStore(tmp_path / "store") as store, store.client() as client:
        client.command(f"{LABEL}) VALUES ('account', 'person-1', 'benign', 'ana', 'said while nothing runs')")

    async with local_stack(SETTINGS, tmp_path / "store", labels=True) as stack:
        produce(stack, EVENTS)
        await handled(stack, len(EVENTS))
        again = stack.worker.campaigns.model.campaigns[which]
        assert (again.status, stack.worker.progress.alerts) == ("cleared", 0)
        written = stack.client.query("SELECT count(), uniqExact(label_id) FROM label_effects FINAL").result_rows
        assert written == [(9, 9)], "what a label did is written down once"


def flags_of(shard, name: str) -> int:
    return int(shard.bank.rows[shard.bank.place_of(name)]["flags"])
