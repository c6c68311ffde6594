"""The roles for a server: that they parse, that what they name exists, that nobody gets more than their name says; and
that the engine lets each do that and nothing else. It is the engine inside a process, whose users come from a file of
its own with the same grants; profiles and quotas of roles it does not know, so those are only read."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from streams.store.embedded import EmbeddedStore

SQL_FILE = Path(__file__).parents[3] / "infra" / "clickhouse" / "roles" / "roles.sql"
SQL = SQL_FILE.read_text()
STATEMENTS = [one.strip() for one in re.sub(r"--.*", "", SQL).split(";") if one.strip()]
GRANTS = re.findall(r"^GRANT (.+?) ON stillwatch\.(\S+) TO (\w+)$", "\n".join(STATEMENTS), re.MULTILINE)


def test_every_statement_parses(client: Client) -> None:
    assert len(STATEMENTS) > 10
    for statement in STATEMENTS:
        assert client.query(f"EXPLAIN AST {statement}").result_rows


def test_what_is_granted_exists(client: Client) -> None:
    tables = {
        name for (name,) in client.query("SELECT name FROM system.tables WHERE database = 'stillwatch'").result_rows
    }
    assert {table for _, table, _ in GRANTS} - {"*"} <= tables
    columns = client.query(
        "SELECT name FROM system.columns WHERE table = 'labels' AND database = 'stillwatch'"
    ).result_rows
    [named] = [what for what, table, _ in GRANTS if what.startswith("INSERT(")]
    assert set(re.findall(r"\w+", named.removeprefix("INSERT"))) <= {name for (name,) in columns}


def test_nobody_may_do_more_than_their_name_says() -> None:
    may = {}
    for what, table, role in GRANTS:
        may.setdefault(role, set()).add((what.partition("(")[0], table))
    assert may["labeler"] == {("INSERT", "labels")}
    assert may["curator"] == {("INSERT", "indicators"), ("INSERT", "model_prices")}
    assert {what for what, _ in may["analyst"]} == {"SELECT", "dictGet"}
    assert {what for what, _ in may["writer"]} == {"SELECT", "INSERT", "SHOW COLUMNS"}
    assert "REVOKE INSERT ON stillwatch.labels FROM writer" in STATEMENTS
    assert not re.search(r"GRANT ALL|WITH GRANT OPTION|ALTER|DROP|SOURCES|\bFILE\b|\bURL\b", "\n".join(STATEMENTS))


def acting_as(store: EmbeddedStore, role: str) -> Client:
    client = store.client()
    client.command(f"SET ROLE {role}")
    return client


LABEL = "INSERT INTO labels (entity_type, entity_id, verdict, analyst, note) VALUES ('account', 'a', 'benign', 'k', '')"
TRIED = {
    "SELECT count() FROM v_campaigns": {"analyst", "writer"},
    "SELECT count() FROM v_why": {"analyst", "writer"},
    "SELECT count() FROM api_events": {"analyst", "writer"},
    "SELECT count() FROM labels": {"analyst", "writer"},
    "SELECT count() FROM label_effects": {"analyst", "writer"},
    "SELECT count() FROM v_indicators": {"analyst", "writer"},
    LABEL: {"labeler"},
    "INSERT INTO labels (id, entity_id) VALUES (generateUUIDv4(), 'a')": set(),
    "INSERT INTO labels (entity_id, at) VALUES ('a', now())": set(),
    "INSERT INTO api_events (event_id, account_id) VALUES ('e', 'a')": {"writer"},
    "INSERT INTO indicators (id) VALUES ('i')": {"writer", "curator"},
    "INSERT INTO model_prices (model) VALUES ('m')": {"writer", "curator"},
    "INSERT INTO alerts (alert_id) VALUES (generateUUIDv4())": {"writer"},
    "INSERT INTO label_effects (campaign_id) VALUES ('c')": {"writer"},
    "ALTER TABLE labels DELETE WHERE 1": set(),
    "ALTER TABLE api_events DELETE WHERE 1": set(),
    "DELETE FROM alerts WHERE 1": set(),
    "DROP TABLE labels": set(),
    "TRUNCATE TABLE alerts": set(),
    "CREATE TABLE mine (a Int8) ENGINE = Memory": set(),
    "SELECT * FROM file('/etc/hostname', 'LineAsString')": set(),
    "GRANT SELECT ON *.* TO analyst": set(),
}


@pytest.mark.parametrize("role", ["writer", "analyst", "labeler", "curator"])
@pytest.mark.parametrize("sql", TRIED)
def test_the_engine_lets_each_do_what_its_name_says(migrated: EmbeddedStore, role: str, sql: str) -> None:
    with acting_as(migrated, role) as client:
        if role in TRIED[sql]:
            client.command(sql)
            return
        with pytest.raises(ClickHouseError, match="ACCESS_DENIED"):
            client.command(sql)


def test_the_engine_in_a_process_has_the_same_roles() -> None:
    """Its users come from a file of its own; the grants in it are those for a server, in their order."""
    said = [(what, role) for what, _, role in re.findall(r"^(GRANT .+?) (TO) (\w+)$", "\n".join(STATEMENTS), re.M)]
    said += [(what, role) for what, role in re.findall(r"^(REVOKE .+?) FROM (\w+)$", "\n".join(STATEMENTS), re.M)]
    roles = ET.parse(SQL_FILE.parents[1] / "embedded" / "users.xml").find("roles")
    assert roles is not None
    found = [(query.text, role.tag) for role in roles if role.tag != "operator" for query in role.iter("query")]
    assert sorted(found) == sorted(said)
