"""An erased account is in no column of any table, and nobody else is touched."""

import pytest
from click.testing import CliRunner
from clickhouse_connect.driver.client import Client

from streams.analyst.erasure import BEYOND_REACH, erase
from streams.cli.main import main
from streams.store import migrations
from streams.store.embedded import EmbeddedStore

pytestmark = pytest.mark.embedded


def fill(client: Client) -> None:
    for name in ("gone", "stays"):
        client.command(f"INSERT INTO api_events (event_id, ts_ms, account_id) VALUES ('e-{name[0]}', 1, '{name}')")
        client.command(f"INSERT INTO account_windows (account_id, org_id, window_start) VALUES ('{name}', '{name}', 1)")
        client.command(f"INSERT INTO account_facts (account_id, ts, status) VALUES ('{name}', 1, 'active')")
        client.command(f"INSERT INTO campaign_members (campaign_id, account_id, active) VALUES ('C-1', '{name}', 1)")
        client.command(
            "INSERT INTO labels (entity_type, entity_id, verdict, analyst, note)"
            f" VALUES ('account', '{name}', 'benign', 'ana', '-')"
        )
        client.command(
            "INSERT INTO label_effects (label_id, entity_type, entity_id) SELECT id, entity_type, entity_id FROM labels"
        )
        client.command(
            "INSERT INTO dead_letters (topic, partition, offset, key, raw)"
            f" VALUES ('api-events', 0, {len(name)}, '', '{{\"account_id\": \"{name}\"}}')"
        )


def found(client: Client, text: str) -> dict[str, int]:
    """In how many rows of which table a text stands, in any column."""
    tables = client.query("SELECT name FROM system.tables WHERE database = 'stillwatch' AND engine LIKE '%MergeTree'")
    counts = {
        name: client.query(
            f"SELECT countIf(position(toString(tuple(*)), {{text:String}}) > 0) FROM {name}", parameters={"text": text}
        ).result_rows[0][0]
        for (name,) in tables.result_rows
        if name != "traffic_hourly"
    }
    return {name: count for name, count in counts.items() if count}


def test_an_erased_account_is_nowhere_and_the_other_stays(store: EmbeddedStore) -> None:
    migrations.apply(store.client(database=None))
    client = store.client()
    fill(client)
    before = found(client, "stays")
    assert set(before) == {
        "account_facts", "account_windows", "api_events", "campaign_members", "dead_letters", "label_effects", "labels",
    }  # fmt: skip
    done = erase(client, "gone")
    assert {one.table for one in done if one.rows} == set(before)
    assert found(client, "gone") == {}
    assert found(client, "stays") == before
    assert client.query("SELECT dictGetOrDefault('facts_of', 'status', 'gone', '?')").result_rows == [("?",)]
    assert all(one.rows == 0 for one in erase(client, "gone"))


def test_on_a_cluster_every_node_deletes(store: EmbeddedStore) -> None:
    migrations.apply(store.client(database=None))
    fill(store.client())
    # One engine is no cluster: it refuses what is for all nodes, which shows that it was asked of all nodes.
    with pytest.raises(Exception, match="Replicated DDL queries are disabled"):
        erase(store.client(), "gone", cluster="main")


def test_the_command_asks_first_and_says_what_it_cannot_reach(tmp_path) -> None:
    with EmbeddedStore(tmp_path / "store") as store:
        migrations.apply(store.client(database=None))
        fill(store.client())
    refused = CliRunner().invoke(main, ["erase", "gone", "--store", str(tmp_path)], input="n\n")
    assert refused.exit_code == 1
    done = CliRunner().invoke(main, ["erase", "gone", "--store", str(tmp_path), "--yes"], env={"COLUMNS": "300"})
    assert done.exit_code == 0, done.output
    assert all(words in done.output for words in BEYOND_REACH)
    with EmbeddedStore(tmp_path / "store") as store:
        assert found(store.client(), "gone") == {}
