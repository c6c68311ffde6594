"""Deleting what is stored of one account: from the data, not only from what queries see."""

from __future__ import annotations

from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from models.account.record import ACCOUNT
from models.facts import erasure_key
from streams import topics
from streams.bus.connection import brokers_of
from streams.bus.tombstones import bury
from streams.settings import Settings

# Which rows of which table are of an account, beyond those with a column `account_id`.
_OTHERS = {
    "labels": "entity_type = 'account' AND entity_id = {account:String}",
    "label_effects": "entity_type = 'account' AND entity_id = {account:String}",
    "dead_letters": "key = {account:String} OR value = {account:String} OR position(raw, {account:String}) > 0",
}
_TABLES = """SELECT name, name IN (
        SELECT table FROM system.columns WHERE database = 'stillwatch' AND name = 'account_id'
    ) AS by_account
FROM system.tables
WHERE database = 'stillwatch' AND engine LIKE '%MergeTree'
ORDER BY name"""

BEYOND_REACH = (
    "Kafka: events of the account stay in `api-events` for the retention of that topic, and what was derived from them"
    " in `sightings` and `evidence` for that of those.",
    "Workers: what they know of the links and campaigns that it is in, until those topics no longer have it; and what"
    " it sends from now on is stored anew.",
    "Files: what `detect`, `report` or a backup wrote.",
    "Counts: it stays part of distinct counts (`traffic_hourly`) and of the figures of campaigns, which name nobody.",
    "Free text: a note of an analyst that names it.",
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was deleted from one table."""

    table: str
    rows: int


def erase_from_topics(settings: Settings, account: str) -> list[str]:
    """Delete the facts and the saved state of the account from their compacted topics; return the topics' names.

    Running workers learn of it from the facts, and forget the account, too.

    Args:
        settings: Name the brokers and the topics.
        account: Its `account_id`.

    Raises:
        TopicError: A topic is not there.
        BurialError: The brokers do not take a tombstone.
    """
    key = account.encode("utf-8", "surrogatepass")
    brokers, prefix = brokers_of(settings), settings.topic_prefix
    bury(brokers, prefix + topics.ACCOUNT_STATE, ACCOUNT + key)
    bury(brokers, prefix + topics.ACCOUNT_FACTS, key)
    # Last: a worker that wrote its state again in between buries it itself when it hears of this.
    bury(brokers, prefix + topics.ACCOUNT_FACTS, erasure_key(account))
    return [topics.ACCOUNT_FACTS, topics.ACCOUNT_STATE]


def erase(client: Client, account: str, *, cluster: str | None = None) -> list[Erased]:
    """Delete every row of the account, and return when the data is gone; one entry per table, empty ones included.

    A mutation rewrites the parts that hold such rows, which takes as long as reading and writing them.

    Args:
        client: Of the store.
        account: Its `account_id`.
        cluster: Name of the cluster, on all of whose nodes rows are deleted (`streams.store.cluster`); None: one node.
    """
    done = []
    where = f" ON CLUSTER '{cluster}'" if cluster else ""
    for table, by_account in client.query(_TABLES).result_rows:
        condition = "account_id = {account:String}" if by_account else _OTHERS.get(table.removesuffix("_local"))
        if condition is None:
            continue
        values = {"account": account}
        # Rows are counted on all shards, where a table has any but its own.
        whole = table if cluster is None else table.removesuffix("_local")
        rows = client.query(f"SELECT count() FROM {whole} WHERE {condition}", parameters=values).result_rows[0][0]  # noqa: S608
        if rows:
            client.command(
                f"ALTER TABLE {table}{where} DELETE WHERE {condition}",
                parameters=values,
                settings={"mutations_sync": 2},
            )
        done.append(Erased(whole, rows))
    client.command(f"SYSTEM RELOAD DICTIONARY{where} stillwatch.facts_of")
    return done
