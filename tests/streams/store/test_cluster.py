"""The cluster form of the migrations: all of it is on the cluster, and the engine takes it. No cluster runs here."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from streams.store import migrations
from streams.store.cluster import on_cluster, sharded_tables

pytestmark = pytest.mark.embedded
ALL = migrations.load()
SHARDED = sharded_tables(one.sql for one in ALL)
STATEMENTS = [
    statement
    for sql in [*migrations._LEDGER, *(one.sql for one in ALL)]
    for statement in migrations.rendered(sql, "main")
]


def bare(sql: str) -> str:
    return "\n".join(line for line in sql.splitlines() if not line.lstrip().startswith("--"))


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda sql: bare(sql).strip().splitlines()[0][:70])
def test_every_statement_is_on_the_cluster_and_the_engine_reads_it(client: Client, statement: str) -> None:
    assert bare(statement).count("ON CLUSTER 'main'") == 1
    client.query("SELECT formatQuery({sql:String})", parameters={"sql": statement})
    assert not re.search(
        r"ENGINE = \w*(?<!Replicated)(Replacing|Aggregating)?MergeTree\b", re.sub(r"Replicated\w+", "", statement)
    )
    assert "non_replicated" not in statement


def test_the_engine_resolves_every_view_over_distributed_tables(tmp_path: Path) -> None:
    # A process of its own, because the engine learns of a cluster only as it starts.
    command = [sys.executable, "-m", "tests.streams.store.read_cluster_form", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == {
        name for one in ALL for name in re.findall(r"^CREATE .*VIEW.* stillwatch\.(v_\w+)", one.sql, re.MULTILINE)
    }


def test_large_tables_are_sharded_and_results_are_everywhere() -> None:
    assert {
        "api_events",
        "account_windows",
        "link_windows",
        "dead_letters",
        "account_facts",
        "traffic_hourly",
    } == SHARDED
    text = "\n".join(STATEMENTS)
    for name in SHARDED:
        assert f"'/clickhouse/tables/stillwatch/{{shard}}/{name}', '{{replica}}'" in text
        assert re.search(rf"Distributed\('main', 'stillwatch', '{name}_local'", text)
    for name in ("alerts", "campaigns", "campaign_members", "labels", "label_effects", "indicators"):
        assert f"'/clickhouse/tables/stillwatch/{name}', '{{shard}}-{{replica}}'" in text


def test_what_accounts_are_joined_by_is_on_one_shard() -> None:
    keys = {
        name: re.search(rf"'{name}_local', (.+)\)$", "\n".join(STATEMENTS), re.MULTILINE)[1]
        for name in SHARDED - {"traffic_hourly"}
    }
    assert keys["api_events"] == keys["account_windows"] == keys["account_facts"] == "cityHash64(account_id)"


def test_an_index_is_of_the_table_that_has_the_rows() -> None:
    [made] = on_cluster("ALTER TABLE stillwatch.api_events\n    DROP INDEX IF EXISTS x", "main", SHARDED)
    assert made.startswith("ALTER TABLE stillwatch.api_events_local ON CLUSTER 'main'")


def test_a_change_of_a_sharded_table_reaches_both_of_its_halves() -> None:
    made = on_cluster("ALTER TABLE stillwatch.api_events ADD COLUMN IF NOT EXISTS x String", "main", SHARDED)
    assert [sql.split(" ON ")[0] for sql in made] == [
        "ALTER TABLE stillwatch.api_events_local",
        "ALTER TABLE stillwatch.api_events",
    ]


def test_the_roll_up_is_filled_where_the_events_are() -> None:
    (fill,) = [sql for sql in STATEMENTS if "MATERIALIZED" in bare(sql)]
    assert "TO stillwatch.traffic_hourly_local" in fill
    assert "FROM stillwatch.api_events_local" in fill


@pytest.mark.parametrize(
    "sql", ["DROP TABLE stillwatch.x", "CREATE TABLE IF NOT EXISTS stillwatch.x\n(a Int8)\nENGINE = Log"]
)
def test_what_has_no_rule_is_refused(sql: str) -> None:
    with pytest.raises(ValueError, match=r"no rule|-- Shard"):
        on_cluster(sql, "main", SHARDED)
