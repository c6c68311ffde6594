"""What an analyst inserts in SQL changes what the running pipeline says, and survives a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from models.account.row import CLEARED
from models.policy import Policy
from streams import topics
from streams.settings import Settings
from streams.stack.local import LocalStack, local_stack
from streams.store import migrations
from streams.store.embedded import EmbeddedStore
from tests.models.streams_of import Maker, in_order
from tests.producing import produce
from tests.streams.bus.waiting import eventually

pytestmark = pytest.mark.embedded

POOL = [f"pool-{i}" for i in range(60)]
EVENTS = in_order(Maker(seed=1).crowd(300, days=2) + list(Maker(seed=2).pool(POOL, days=2, rate=26)))
# One partition: with several, which link a campaign is named after depends on which one is ahead.
SETTINGS = Settings(partitions=1, label_seconds=0.2, insert_seconds=0.2, detection=Policy(population_sample=512))
LABEL = "INSERT INTO labels (entity_type, entity_id, verdict, analyst, note"
STATUS = "SELECT status FROM campaigns FINAL WHERE campaign_id = {which:String}"
ACTIVE = "SELECT account_id FROM campaign_members FINAL WHERE active AND campaign_id = {which:String}"


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
        produce(stack.bootstrap, EVENTS[:half])
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

        produce(stack.bootstrap, EVENTS[half:])
        await handled(stack, len(EVENTS))
        assert set(ask(client, ACTIVE, which)) == set(POOL) - left, "their further events do not bring them back"
        shards = [state.shard for _, state in stack.worker.accounts.held]
        cleared = [name for shard in shards for name in shard.bank.names if flags_of(shard, name) & CLEARED]
        assert set(cleared) == left

        client.command(f"{LABEL}) VALUES ('campaign', '{which}', 'benign', 'ana', 'a school')")
        await eventually(lambda: ask(client, STATUS, which) == ["cleared"], "the campaign is cleared again")
        await eventually(lambda: client.command(WAITING) == 0, "what it did is written down")
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
        produce(stack.bootstrap, EVENTS)
        await handled(stack, len(EVENTS))
        again = stack.worker.campaigns.model.campaigns[which]
        assert (again.status, stack.worker.progress.alerts) == ("cleared", 0)
        written = stack.client.query("SELECT count(), uniqExact(label_id) FROM label_effects FINAL").result_rows
        assert written == [(9, 9)], "what a label did is written down once"


WAITING = "SELECT countIf(applied_at IS NULL) FROM v_label_history"
HISTORY = "SELECT verdict, campaigns, status_before, status_after FROM v_label_history ORDER BY at"


async def test_a_store_that_the_worker_did_not_fill_follows_labels_too(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path / "store") as store, store.client(database=None) as client:
        migrations.apply(client)
        for name, status, alert in (("C-old", "alert", "now64(3)"), ("C-seen", "watch", "NULL")):
            client.command(
                "INSERT INTO stillwatch.campaigns (campaign_id, status, first_alert_ts, accounts, links, version)"
                f" SELECT '{name}', '{status}', {alert}, 3, ['{'a' * 16}', '{'b' * 16}'], 90"
            )
            client.command(
                "INSERT INTO stillwatch.campaign_members (campaign_id, account_id, active, version)"
                f" SELECT '{name}', concat('a-', toString(number)), 1, 90 FROM numbers(3)"
            )
    with EmbeddedStore(tmp_path / "store") as store, store.client() as client:
        client.command(f"{LABEL}) VALUES ('campaign', 'C-old', 'permitted', 'ana', 'said while nothing runs')")
        assert client.query("SELECT status FROM v_campaigns WHERE campaign_id = 'C-old'").first_row == ("cleared",)
        assert ask(client, STATUS, "C-old") == ["alert"]

    async with local_stack(SETTINGS, tmp_path / "store", labels=True) as stack:
        client = stack.store.client()
        await eventually(lambda: ask(client, STATUS, "C-old") == ["cleared"], "the table follows what was said before")
        client.command(f"{LABEL}, withdrawn) VALUES ('campaign', 'C-old', 'permitted', 'bo', 'it ended', true)")
        assert client.query("SELECT status FROM v_campaigns WHERE campaign_id = 'C-old'").first_row == ("alert",)
        await eventually(lambda: ask(client, STATUS, "C-old") == ["alert"], "it stands as it did")
        client.command(f"{LABEL}) VALUES ('campaign', 'C-seen', 'distillation', 'ana', 'known from elsewhere')")
        await eventually(lambda: ask(client, STATUS, "C-seen") == ["alert"], "what was watched alerts")
        client.command(f"{LABEL}) VALUES ('account', 'a-1', 'benign', 'ana', 'staff')")
        # Two in one look: the first is never in force, and is not waited for.
        client.command(
            f"{LABEL}, withdrawn, at) VALUES ('campaign', 'C-seen', 'benign', 'bo', '', false, now64(3) + 1),"
            " ('campaign', 'C-seen', 'benign', 'bo', '', true, now64(3) + 2)"
        )
        await eventually(lambda: client.command(WAITING) == 0, "all labels are taken in")
        assert client.query(HISTORY).result_rows == [
            ("permitted", ["C-old"], ["alert"], ["cleared"]),
            ("withdrawn", ["C-old"], ["cleared"], ["alert"]),
            ("distillation", ["C-seen"], ["watch"], ["alert"]),
            ("benign", ["C-old", "C-seen"], ["alert", "alert"], ["alert", "alert"]),
            ("benign", [], [], []),
            ("withdrawn", ["C-seen"], ["alert"], ["watch"]),
        ]
        members = "SELECT campaign_id, groupArraySorted(9)(account_id) AS who FROM v_members GROUP BY ALL ORDER BY ALL"
        assert client.query(members).result_rows == [("C-old", ["a-0", "a-2"]), ("C-seen", ["a-0", "a-2"])]
        assert client.query("SELECT DISTINCT accounts FROM v_campaigns").result_rows == [(2,)]
        assert client.query("SELECT DISTINCT accounts FROM campaigns FINAL").result_rows == [(2,)]
        assert set(ask(client, ACTIVE, "C-old")) == {"a-0", "a-2"}, "what reads the table says the same"
        growth = "SELECT sum(joined) FROM v_campaign_growth(campaign = 'C-old')"
        assert client.command(growth) == 2

        client.command("INSERT INTO campaign_members (campaign_id, account_id, version) SELECT 'C-old', 'a-9', 1")
        client.command(f"{LABEL}, withdrawn) SELECT 'account', arrayJoin(['a-1', 'a-9']), 'benign', 'ana', '', true")
        await eventually(lambda: client.command(WAITING) == 0, "the withdrawal is taken in")
        assert set(ask(client, ACTIVE, "C-old")) == {"a-0", "a-1", "a-2"}, (
            "who left for another reason does not come back"
        )
        assert client.query(members).result_rows == [(name, ["a-0", "a-1", "a-2"]) for name in ("C-old", "C-seen")]
        assert client.query("SELECT DISTINCT accounts FROM campaigns FINAL").result_rows == [(3,)]
        moved = "SELECT members_before, members_after FROM label_effects FINAL WHERE entity_id = 'a-1' ORDER BY ALL"
        assert client.query(moved).result_rows == [(2, 3), (2, 3), (3, 2), (3, 2)]

        client.command(f"{LABEL}) VALUES ('account', 'a-1', 'benign', 'ana', 'staff after all')")
        await eventually(lambda: set(ask(client, ACTIVE, "C-old")) == {"a-0", "a-2"}, "it is out again")
        await eventually(lambda: client.command(WAITING) == 0, "which is written down")
        client.command("DELETE FROM labels WHERE entity_id = 'a-1'")
        await eventually(lambda: "a-1" in ask(client, ACTIVE, "C-old"), "a label that is deleted is taken back")

        campaigns, agent = stack.worker.campaigns, stack.worker._labels
        held, campaigns.holds_campaigns = (
            campaigns.holds_campaigns,
            lambda: False,
        )  # as while Kafka hands out partitions
        client.command(f"{LABEL}) VALUES ('account', 'a-2', 'benign', 'ana', 'staff')")
        await eventually(lambda: bool(agent._unwritten), "the label is learnt")
        assert client.command(WAITING) == 1
        campaigns.holds_campaigns = held
        await eventually(lambda: client.command(WAITING) == 0, "it is written down once the worker has the campaigns")
        client.command(f"{LABEL}) SELECT 'link', arrayJoin(links), 'benign', 'ana', '' FROM campaigns FINAL LIMIT 2")
        assert client.query("SELECT DISTINCT status FROM v_campaigns").result_rows == [("cleared",)]


def flags_of(shard, name: str) -> int:
    return int(shard.bank.rows[shard.bank.place_of(name)]["flags"])
