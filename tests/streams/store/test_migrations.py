"""The migrations, on the real engine: they apply, repeat, explain every column, and a replay changes nothing."""

import re
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from streams.store import migrations
from streams.store.embedded import EmbeddedStore
from streams.store.errors import MigrationError
from streams.store.migrations import Migration

pytestmark = pytest.mark.embedded

ALL = migrations.load()
MS = 1_760_000_000_000
# One row per table, with the columns that its key is made of.
ROWS: dict[str, dict[str, Any]] = {
    "api_events": {"event_id": "e", "ts_ms": MS, "account_id": "a", "model": "m", "templates": ["0123456789abcdef"]},
    "account_windows": {"account_id": "a", "window_start": MS / 1000, "events": 3, "version": 1},
    "link_windows": {"link": "0123456789abcdef", "kind": "template", "window_start": MS / 1000, "version": 1},
    "alerts": {"alert_id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "ts": MS / 1000, "campaign_id": "c", "version": 1},
    "campaigns": {"campaign_id": "c", "status": "alert", "first_ts": MS / 1000, "version": 1},
    "campaign_members": {"campaign_id": "c", "account_id": "a", "active": 1, "events": 3, "version": 1},
    "dead_letters": {"topic": "api-events", "partition": 0, "offset": 7, "ts": MS / 1000, "rule": "type"},
    "account_facts": {"account_id": "a", "ts": MS / 1000, "status": "banned"},
}


def insert(client: Client, table: str, row: dict[str, Any]) -> None:
    columns = ", ".join(row)
    values = ", ".join(repr(value) for value in row.values())
    client.command(f"INSERT INTO stillwatch.{table} ({columns}) VALUES ({values})")


def content(client: Client, table: str) -> list[Any]:
    """Everything but the time of writing, which is what a replay may renew."""
    order = client.command(f"SELECT sorting_key FROM system.tables WHERE database = 'stillwatch' AND name = '{table}'")
    return list(
        client.query(f"SELECT * EXCEPT (written_at) FROM stillwatch.{table} FINAL ORDER BY {order}").result_rows
    )


def test_all_apply_to_an_empty_store_and_then_none(store: EmbeddedStore) -> None:
    client = store.client(database=None)
    assert migrations.apply(client) == ALL
    assert migrations.apply(client) == []
    recorded = client.query("SELECT number, name, checksum FROM stillwatch.schema_migrations FINAL ORDER BY number")
    assert recorded.result_rows == [(one.number, one.name, one.checksum) for one in ALL]


def test_each_may_be_repeated_when_the_note_of_it_was_lost(store: EmbeddedStore) -> None:
    client = store.client(database=None)
    for number in range(1, len(ALL) + 1):
        assert migrations.apply(client, ALL[:number]) == [ALL[number - 1]]
    client.command("TRUNCATE TABLE stillwatch.schema_migrations")
    assert migrations.apply(client) == ALL


def test_a_changed_file_is_named(store: EmbeddedStore) -> None:
    client = store.client(database=None)
    migrations.apply(client, ALL[:2])
    changed = Migration(2, "api_events", ALL[1].sql + "-- one word more\n")
    with pytest.raises(MigrationError, match=r"0002_api_events\.sql was changed after it was applied"):
        migrations.apply(client, [ALL[0], changed, ALL[2]])
    assert migrations.apply(client, ALL[:3]) == [ALL[2]]


def test_a_refused_one_is_named_and_not_recorded(store: EmbeddedStore) -> None:
    client = store.client(database=None)
    with pytest.raises(MigrationError, match=r"0002_wrong\.sql was refused by ClickHouse: .*SYNTAX_ERROR"):
        migrations.apply(client, [ALL[0], Migration(2, "wrong", "CREATE NOTHING")])
    assert migrations.apply(client, ALL[:1]) == []
    assert migrations.apply(client, ALL[:2]) == [ALL[1]]


def test_line_ends_do_not_change_a_checksum(tmp_path: Path) -> None:
    sums = set()
    for line_end in ("\n", "\r\n"):
        file = tmp_path / "0001_one.sql"
        file.write_bytes(f"SELECT 1{line_end}-- two{line_end}".encode())
        sums |= {one.checksum for one in migrations.load(tmp_path)}
    assert len(sums) == 1


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["0001_a.sql", "0003_b.sql"], "0003_b.sql .* should have the number 0002"),
        (["0001_a.sql", "0001_b.sql"], "0001_b.sql .* should have the number 0002"),
        (["1_a.sql"], "is not named NNNN_name.sql"),
    ],
)
def test_numbers_have_no_gaps(tmp_path: Path, names: list[str], message: str) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(MigrationError, match=message):
        migrations.load(tmp_path)


@pytest.mark.parametrize("migration", ALL, ids=str)
def test_a_file_holds_one_statement_that_gives_its_reasons(migration: Migration) -> None:
    assert migration.sql.startswith("--")
    assert re.search(r"IF (NOT )?EXISTS|^CREATE OR REPLACE VIEW ", migration.sql, re.MULTILINE)
    assert ";" not in re.sub(r"'[^']*'|--[^\n]*", "", migration.sql)
    if "ENGINE = " in migration.sql:
        # What a cluster form replaces stands alone on its line, and says how its rows would be spread.
        assert re.search(
            r"^ENGINE = (Replacing|Aggregating)?MergeTree(\((version|modified)\))?$", migration.sql, re.MULTILINE
        )
        assert re.search(r"^-- Shard", migration.sql, re.MULTILINE)
        assert "ORDER BY" in migration.sql.partition("CREATE")[0]


def test_everything_has_a_comment(client: Client) -> None:
    tables = client.query("SELECT name, comment FROM system.tables WHERE database = 'stillwatch'").result_rows
    columns = client.query(
        "SELECT table, name, comment FROM system.columns WHERE database = 'stillwatch'"
        " AND table NOT IN (SELECT name FROM system.dictionaries)"  # whose columns cannot have any
    ).result_rows
    assert {name for name, _ in tables} >= {*ROWS, "labels", "v_campaigns", "v_members", "v_alerts", "v_accounts"}
    unlisted = client.query(
        "SELECT name FROM system.tables WHERE database = 'stillwatch'"
        " AND (notEmpty(parameterized_view_parameters) OR engine = 'Dictionary')"
    ).result_rows
    assert {table for table, _, _ in columns} | {name for (name,) in unlisted} == {name for name, _ in tables}
    assert [row for row in (*tables, *columns) if not row[-1].strip()] == []


@pytest.mark.parametrize("migration", [one for one in ALL if " VIEW " in one.sql], ids=str)
def test_every_column_of_a_view_has_a_comment(migration: Migration) -> None:
    # ClickHouse does not list the columns of a parameterised view, so they are looked for where they are written.
    head = migration.sql.partition("\nAS ")[0].partition("\n(\n")[2]
    assert head.splitlines()
    assert all(" COMMENT '" in line for line in head.splitlines() if line.startswith("    "))


@pytest.mark.parametrize("table", ROWS)
def test_a_replay_changes_nothing(client: Client, table: str) -> None:
    insert(client, table, ROWS[table])
    before = content(client, table)
    insert(client, table, ROWS[table])
    client.command(f"OPTIMIZE TABLE stillwatch.{table} FINAL")
    assert len(before) == 1
    assert content(client, table) == before


@pytest.mark.parametrize("table", [name for name, row in ROWS.items() if "version" in row])
def test_the_highest_version_holds_whatever_comes_last(client: Client, table: str) -> None:
    insert(client, table, ROWS[table] | {"version": 9})
    insert(client, table, ROWS[table] | {"version": 8})
    assert client.query(f"SELECT version FROM stillwatch.{table} FINAL").result_rows == [(9,)]


def test_events_of_any_time_are_kept(client: Client) -> None:
    for number, ms in enumerate((0, MS - 400 * 86_400_000, 4_102_444_800_000)):
        insert(client, "api_events", ROWS["api_events"] | {"event_id": f"old-{number}", "ts_ms": ms})
    client.command("OPTIMIZE TABLE stillwatch.api_events FINAL")
    kept = client.query("SELECT toUnixTimestamp64Milli(ts) FROM api_events WHERE event_id LIKE 'old-%' ORDER BY ts")
    assert kept.result_rows == [(0,), (MS - 400 * 86_400_000,), (4_102_444_800_000,)]


def test_the_roll_up_counts_a_repeated_event_once(client: Client) -> None:
    event = ROWS["api_events"] | {"model": "rolled-up"}
    for event_id in ("r1", "r2", "r1"):
        insert(client, "api_events", event | {"event_id": event_id, "refused": event_id == "r2"})
    rolled = client.query("SELECT events, accounts, refused FROM v_traffic_hourly WHERE model = 'rolled-up'")
    assert rolled.result_rows == [(2, 1, 1)]


def test_views_join_what_belongs_together(client: Client) -> None:
    for table, row in ROWS.items():
        insert(client, table, row)
    for verdict in ("benign", "distillation"):
        label = {"entity_type": "campaign", "entity_id": "c", "verdict": verdict, "analyst": "kim", "note": "-"}
        insert(client, "labels", label)
    assert client.query("SELECT campaign_id, verdict FROM v_campaigns").result_rows == [("c", "distillation")]
    assert client.query("SELECT verdict FROM v_alerts").result_rows == [("distillation",)]
    assert client.query("SELECT account_id, fact_status FROM v_members").result_rows == [("a", "banned")]
    totals = client.query("SELECT account_id, campaign_id, fact_status, windows FROM v_accounts").result_rows
    assert totals == [("a", "c", "banned", 1)]
    assert client.query("SELECT campaign_id, accounts, events FROM v_campaign_hours").result_rows == [("c", 1, 3)]
    load = "SELECT campaign_id, accounts, events FROM v_campaign_load(campaign = 'c')"
    assert client.query(load).result_rows == [("c", 1, 3)]
    assert client.query("SELECT link, kind FROM v_links").result_rows == [("0123456789abcdef", "template")]
    assert client.query("SELECT template, accounts FROM v_templates").result_rows == [("0123456789abcdef", 1)]
    assert client.query("SELECT rule, messages FROM v_dead_letters").result_rows == [("type", 1)]


def test_views_can_be_aggregated_under_the_names_of_their_columns(client: Client) -> None:
    columns = client.query(
        "SELECT table, groupArray(name) FROM system.columns"
        " WHERE database = 'stillwatch' AND table LIKE 'v\\_%' AND match(type, '^(Nullable\\\\()?(U?Int|Float)')"
        " GROUP BY table"
    ).result_rows
    assert len(columns) >= 8
    for view, names in columns:
        sums = ", ".join(f"sum({name}) AS {name}" for name in names)
        assert len(client.query(f"SELECT {sums} FROM {view}").result_rows) == 1


def test_a_merged_campaign_is_not_shown(client: Client) -> None:
    insert(client, "campaigns", {"campaign_id": "gone", "status": "merged", "merged_into": "c", "version": 2})
    assert client.query("SELECT count() FROM v_campaigns WHERE campaign_id = 'gone'").result_rows == [(0,)]


def test_a_mistyped_label_is_refused(client: Client) -> None:
    with pytest.raises(Exception, match="UNKNOWN_ELEMENT_OF_ENUM"):
        insert(client, "labels", {"entity_type": "campain", "entity_id": "c", "verdict": "benign"})
    with pytest.raises(Exception, match="entity_id_is_given"):
        insert(client, "labels", {"entity_type": "campaign", "entity_id": "", "verdict": "benign"})


def test_a_template_key_is_found_through_the_index(client: Client) -> None:
    insert(client, "api_events", {"event_id": "i", "ts": MS / 1000, "account_id": "i", "model": "m"})
    plan = client.query(
        "EXPLAIN indexes = 1 SELECT count() FROM api_events WHERE has(templates, '0123456789abcdef')"
    ).result_rows
    assert any("template_keys" in line for (line,) in plan)


def test_an_event_that_was_written_twice_counts_once_among_the_owners_of_its_key(client: Client) -> None:
    key = "00000000feedf00d"
    for _ in range(2):  # two parts, which nothing has merged
        client.command(
            "INSERT INTO api_events (event_id, ts, account_id, model, templates)"
            f" SELECT concat('twice-', toString(number)), '2026-03-02 10:00:00', 'twice', 'm', ['{key}']"
            " FROM numbers(3) SETTINGS insert_deduplicate = 0"
        )
    assert client.query("SELECT count() FROM api_events WHERE account_id = 'twice'").first_row == (6,)
    owners = client.query(f"SELECT account_id, events, models FROM v_template_owners(template = '{key}')").result_rows
    assert owners == [("twice", 3, ["m"])]
