"""The cluster form of a migration: the same file, replicated and sharded.

A single node takes the files of `infra/clickhouse` as they are. On a cluster, every statement is `ON CLUSTER`, and a
table becomes, by the line `-- Shard ...` of its file:

- `-- Shard by KEY.`: NAME_local, a Replicated table of which each shard has a part, and NAME, a Distributed table over
  all of them by KEY. What joins accounts with accounts is sharded by the same key.
- `-- Shard: none of its own, ...`: the same, filled where its source is; nothing is inserted through NAME.
- `-- Shard: none, replicate everywhere.`: one Replicated table that every node has whole, so that it joins locally.

The macros `{shard}` and `{replica}` have to be those of the servers' configuration, as ClickHouse's documentation says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAME = r"stillwatch\.(\w+)"
_TABLE = re.compile(rf"^CREATE TABLE IF NOT EXISTS {_NAME}$", re.MULTILINE)
_SHARD = re.compile(r"^\s*-- Shard(?: by (?P<key>.+)|: none(?P<none>.*))\.$", re.MULTILINE)
_ENGINE = re.compile(r"^(\s*)ENGINE = (\w*MergeTree)(?:\((\w*)\))?$", re.MULTILINE)
_ALTER = re.compile(rf"^ALTER TABLE {_NAME}\b", re.MULTILINE)
_INDEX = re.compile(r"^\s+(?:ADD|DROP) INDEX\b", re.MULTILINE)
_FILL = re.compile(rf"^CREATE MATERIALIZED VIEW IF NOT EXISTS {_NAME} TO {_NAME}$", re.MULTILINE)
_OTHER = re.compile(
    rf"^(CREATE DATABASE IF NOT EXISTS stillwatch"
    rf"|CREATE (?:OR REPLACE )?(?:VIEW|DICTIONARY)(?: IF NOT EXISTS)? {_NAME})$",
    re.MULTILINE,
)


def sharded_tables(statements: Iterable[str]) -> frozenset[str]:
    """Return the tables of which each shard has a part."""
    found = ((_TABLE.search(sql), _SHARD.search(sql)) for sql in statements)
    return frozenset(
        table[1] for table, shard in found if table and shard and (shard["key"] or "of its own" in shard["none"])
    )


def on_cluster(sql: str, cluster: str, sharded: frozenset[str]) -> list[str]:
    """Return the statements that do on a cluster what `sql` does on one node, in order.

    Args:
        sql: A migration.
        cluster: Name of the cluster, as in `remote_servers`.
        sharded: What `sharded_tables` says of all migrations.

    Raises:
        ValueError: It is a statement for which there is no rule.
    """
    where = f" ON CLUSTER '{cluster}'"
    if table := _TABLE.search(sql):
        return _table(sql, table[1], cluster, where)
    if altered := _ALTER.search(sql):
        names = [f"{altered[1]}_local", altered[1]] if altered[1] in sharded else [altered[1]]
        names = names[:1] if _INDEX.search(sql) else names  # a Distributed table has columns, and no indexes
        return [_ALTER.sub(f"ALTER TABLE stillwatch.{name}{where}", sql) for name in names]
    if fill := _FILL.search(sql):
        made = f"CREATE MATERIALIZED VIEW IF NOT EXISTS stillwatch.{fill[1]}{where} TO stillwatch.{fill[2]}_local"
        local = _FILL.sub(made, sql)
        return [re.sub(rf"\bFROM {_NAME}\b", lambda source: f"FROM stillwatch.{source[1]}_local", local)]
    if _OTHER.search(sql):
        return [_OTHER.sub(lambda head: head[0] + where, sql)]
    raise ValueError(f"no rule says what this is on a cluster: {sql[:200]}")


def _table(sql: str, name: str, cluster: str, where: str) -> list[str]:
    shard = _SHARD.search(sql)
    if shard is None:
        raise ValueError(f"the file of {name} does not say by a line '-- Shard' how its rows are spread")
    everywhere = shard["key"] is None and "of its own" not in shard["none"]
    # One path for all shards makes every node a replica of the whole, so its name must say which shard it is in.
    path, replica = (name, "{shard}-{replica}") if everywhere else (f"{{shard}}/{name}", "{replica}")

    def replicated(engine: re.Match[str]) -> str:
        arguments = ", ".join([f"'/clickhouse/tables/stillwatch/{path}'", f"'{replica}'", *filter(None, [engine[3]])])
        return f"{engine[1]}ENGINE = Replicated{engine[2]}({arguments})"

    local = name if everywhere else f"{name}_local"
    made = _ENGINE.sub(replicated, _TABLE.sub(f"CREATE TABLE IF NOT EXISTS stillwatch.{local}{where}", sql))
    made = made.replace("non_replicated_deduplication_window", "replicated_deduplication_window")
    if everywhere:
        return [made]
    key = f", {shard['key']}" if shard["key"] else ""
    comment = re.search(r"^COMMENT '.*'$", sql, re.MULTILINE)
    assert comment is not None, "a test sees to that"
    over = f"ENGINE = Distributed('{cluster}', 'stillwatch', '{local}'{key})"
    distributed = f"CREATE TABLE IF NOT EXISTS stillwatch.{name}{where} AS stillwatch.{local}\n{over}\n{comment[0]}"
    return [made, distributed]
