"""The roles for a server. The embedded engine has no users, so grants are read here and not tried: that they parse,
that what they name exists, and that nobody gets more than their name says."""

import re
from pathlib import Path

from clickhouse_connect.driver.client import Client

SQL = (Path(__file__).parents[3] / "infra" / "clickhouse" / "roles" / "roles.sql").read_text()
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
    assert {what for what, _ in may["analyst"]} == {"SELECT", "dictGet"}
    assert {what for what, _ in may["writer"]} == {"SELECT", "INSERT", "SHOW COLUMNS"}
    assert "REVOKE INSERT ON stillwatch.labels FROM writer" in STATEMENTS
    assert not re.search(r"GRANT ALL|WITH GRANT OPTION|ALTER|DROP|SOURCES|\bFILE\b|\bURL\b", "\n".join(STATEMENTS))
