"""The data dictionary, `docs/data-dictionary.md`, written from the comments of the migrated database.

`python -m streams.store.dictionary > docs/data-dictionary.md` writes it; a test holds it to the migrations.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

import msgspec
from clickhouse_connect.driver.client import Client

from streams.store import migrations
from streams.store.embedded import EmbeddedStore

_HEAD = """# Data dictionary

The ClickHouse database `stillwatch`, from the comments in `infra/clickhouse`, which also hold the reasons for keys,
partitions and lifetimes. This page is generated: `make schema`.

`FINAL` after the name of a ReplacingMergeTree table leaves one row per key; the views have it already. Write-only
columns (EPHEMERAL) are named in an INSERT and stored as something else.
"""


# A column with its comment, as ClickHouse writes a statement.
_COLUMN = re.compile(r"`(\w+)` ([^']+?) COMMENT '((?:[^'\\]|\\.|'')*)'")

_Row = TypeVar("_Row")


class _Table(msgspec.Struct):
    name: str
    engine: str
    sorting_key: str
    partition_key: str
    ttl: str
    comment: str
    parameters: list[str]
    statement: str


class _Column(msgspec.Struct):
    table: str
    name: str
    type: str
    comment: str


def dictionary(client: Client) -> str:
    """Return the page for the database that `client` reaches."""
    tables = _rows(
        client,
        _Table,
        "SELECT name, engine, sorting_key, partition_key, extract(engine_full, ' TTL (.+?) SETTINGS') AS ttl, comment,"
        " arrayMap(one -> one.1, parameterized_view_parameters) AS parameters, create_table_query AS statement"
        " FROM system.tables"
        " WHERE database = 'stillwatch' ORDER BY engine LIKE '%View', name",
    )
    columns = _rows(
        client,
        _Column,
        "SELECT table, name, type, comment FROM system.columns WHERE database = 'stillwatch' ORDER BY table, position",
    )
    by_table = {name: list(found) for name, found in groupby(columns, key=attrgetter("table"))}
    return _HEAD + "".join(
        line + "\n" for table in tables for line in _section(table, by_table.get(table.name) or _columns_in(table))
    )


def _columns_in(view: _Table) -> list[_Column]:
    """Return the columns of a parameterised view, which ClickHouse lists only in the statement that made it."""
    found = _COLUMN.findall(view.statement.partition(" AS SELECT ")[0])
    return [_Column(view.name, name, kind, comment.replace("\\'", "'")) for name, kind, comment in found]


def _section(table: _Table, columns: list[_Column]) -> Iterator[str]:
    yield f"\n## `{table.name}`\n"
    facts = [table.engine]
    if table.parameters:
        facts.append("call it as `" + f"{table.name}({', '.join(f'{name} = ...' for name in table.parameters)})`")
    if table.sorting_key:
        facts.append(f"ORDER BY ({table.sorting_key})")
    if table.partition_key:
        facts.append(f"PARTITION BY {table.partition_key}")
    if table.ttl:
        facts.append(f"TTL {table.ttl}")
    yield f"{table.comment}. {', '.join(facts)}.\n"
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    for column in columns:
        yield f"| `{column.name}` | `{column.type}` | {column.comment.replace('|', '&#124;')} |"


def _rows(client: Client, kind: type[_Row], sql: str) -> list[_Row]:
    return msgspec.json.Decoder(kind).decode_lines(client.raw_query(sql, fmt="JSONEachRow"))


def main() -> None:
    """Migrate an empty store, and write its page to standard output."""
    with tempfile.TemporaryDirectory() as directory, EmbeddedStore(Path(directory)) as store:
        client = store.client(database=None)
        migrations.apply(client)
        sys.stdout.write(dictionary(client))


if __name__ == "__main__":
    main()
