"""Numbered SQL files, applied once each, in order, and remembered in the database they made.

Every file holds one statement that may be repeated (`IF NOT EXISTS`), since ClickHouse has no transaction around a
statement and the note that it ran: a process that dies between the two repeats it. An applied file is never edited;
what has to change is changed by the next number.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from streams.store.cluster import on_cluster, sharded_tables
from streams.store.errors import MigrationError

DIRECTORY = Path(__file__).parents[2] / "infra" / "clickhouse"
_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_LEDGER = (
    "CREATE DATABASE IF NOT EXISTS stillwatch",
    """-- Shard: none, replicate everywhere.
CREATE TABLE IF NOT EXISTS stillwatch.schema_migrations
(
    number UInt32 COMMENT 'Number of the migration',
    name String COMMENT 'Its name',
    checksum String COMMENT 'SHA-256 of its file',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied'
)
ENGINE = ReplacingMergeTree
ORDER BY number
COMMENT 'Migrations that were applied to this database'""",
)


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered statement.

    Attributes:
        number: Its place in the order.
        name: What it makes.
        sql: The statement, with the comments that give its reasons.
    """

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """The SHA-256 of the file, the same under any line ending."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.number:04d}_{self.name}"


class _Applied(msgspec.Struct):
    number: int
    checksum: str


def load(directory: Path = DIRECTORY) -> list[Migration]:
    """Return the migrations in `directory`, in order.

    Raises:
        MigrationError: A file is not named `NNNN_name.sql`, or a number is missing or taken twice.
    """
    migrations = [_read(file) for file in sorted(directory.glob("*.sql"))]
    for expected, migration in enumerate(migrations, start=1):
        if migration.number != expected:
            raise MigrationError(
                f"{migration}.sql in {directory} should have the number {expected:04d}: numbers have no gaps and are"
                " taken once"
            )
    return migrations


def _read(file: Path) -> Migration:
    found = _NAME.fullmatch(file.name)
    if found is None:
        raise MigrationError(f"{file} is not named NNNN_name.sql, in lower-case letters, digits and underscores")
    return Migration(int(found[1]), found[2], file.read_text("utf-8"))


def apply(
    client: Client, migrations: Sequence[Migration] | None = None, *, cluster: str | None = None
) -> list[Migration]:
    """Bring the database up to date and return what was applied now; nothing when it already was.

    Args:
        client: A client whose user may create databases, tables and views.
        migrations: What to apply; by default everything in `infra/clickhouse`.
        cluster: Name of the cluster whose nodes are all to have it (`streams.store.cluster`); None: one node.

    Raises:
        MigrationError: An applied migration was changed, or ClickHouse refused one.
    """
    for statement in _LEDGER:
        for one in rendered(statement, cluster):
            client.command(one, use_database=False)
    known = _applied(client)
    todo = []
    for migration in load() if migrations is None else migrations:
        checksum = known.get(migration.number)
        if checksum is None:
            todo.append(migration)
        elif checksum != migration.checksum:
            raise MigrationError(
                f"{migration}.sql was changed after it was applied: restore the file, and make the change in a new"
                " migration with the next number"
            )
    for migration in todo:
        _apply_one(client, migration, cluster)
    return todo


def rendered(sql: str, cluster: str | None) -> list[str]:
    """Return the statements that a migration is: itself on one node, its cluster form elsewhere."""
    return [sql] if cluster is None else on_cluster(sql, cluster, sharded_tables(one.sql for one in load()))


def _applied(client: Client) -> dict[int, str]:
    rows = client.raw_query(
        "SELECT number, checksum FROM stillwatch.schema_migrations FINAL ORDER BY number",
        fmt="JSONEachRow",
        settings={"output_format_json_quote_64bit_integers": 0},
        use_database=False,
    )
    return {row.number: row.checksum for row in msgspec.json.Decoder(_Applied).decode_lines(rows)}


def _apply_one(client: Client, migration: Migration, cluster: str | None) -> None:
    try:
        for statement in rendered(migration.sql, cluster):
            client.command(statement, use_database=False)
    except ClickHouseError as error:
        raise MigrationError(f"{migration}.sql was refused by ClickHouse: {error}") from error
    client.command(
        "INSERT INTO stillwatch.schema_migrations (number, name, checksum)"
        " SELECT {number:UInt32}, {name:String}, {checksum:String}",
        parameters={"number": migration.number, "name": migration.name, "checksum": migration.checksum},
        use_database=False,
    )
