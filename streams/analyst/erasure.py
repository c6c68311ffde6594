"""Deleting what is stored of one account: from the data, not only from what queries see."""

from __future__ import annotations

from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from models.account.state import ACCOUNT
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
    "Running workers: they hold its statistics until they are restarted, and write again when it sends again.",
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

    Args:
        settings: Name the brokers and the topics.
        account: Its `account_id`.

    Raises:
        TopicError: A topic is not there.
        BurialError: The brokers do not take a tombstone.
    """
    key = account.encode("utf-8", "surrogatepass")
    keys = {topics.ACCOUNT_FACTS: key, topics.ACCOUNT_STATE: ACCOUNT + key}
    for name, one in keys.items():
        bury(brokers_of(settings), settings.topic_prefix + name, one)
    return list(keys)


def erase(client: Client, account: str) -> list[Erased]:
    """Delete every row of the account, and return when the data is gone; one entry per table, empty ones included.

    A mutation rewrites the parts that hold such rows, which takes as long as reading and writing them.

    Args:
        client: Of the store.
        account: Its `account_id`.
    """
    done = []
    for table, by_account in client.query(_TABLES).result_rows:
        condition = "account_id = {account:String}" if by_account else _OTHERS.get(table)
        if condition is None:
            continue
        values = {"account": account}
        rows = client.query(f"SELECT count() FROM {table} WHERE {condition}", parameters=values).result_rows[0][0]  # noqa: S608
        if rows:
            client.command(
                f"ALTER TABLE {table} DELETE WHERE {condition}", parameters=values, settings={"mutations_sync": 2}
            )
        done.append(Erased(table, rows))
    client.command("SYSTEM RELOAD DICTIONARY stillwatch.facts_of")
    return done
