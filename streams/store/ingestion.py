"""Events from Kafka into ClickHouse by ClickHouse's own engine, where workers do not write them.

A table of the Kafka engine and a materialised view, both in `infra/clickhouse/kafka`: a million events a second pass no
Python. They are no migrations, because they name the brokers, the topic and the group of a deployment.
"""

from __future__ import annotations

from pathlib import Path

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from streams import topics
from streams.settings import Settings
from streams.store.migrations import DIRECTORY

FOLDER = DIRECTORY / "kafka"


def statements(settings: Settings, *, cluster: str | None = None) -> list[str]:
    """Return what makes ClickHouse read `api-events` by itself.

    Args:
        settings: For `kafka`, `topic_prefix` and `group_id`; ClickHouse has to reach the brokers by the same names.
        cluster: As of `streams.store.migrations.apply`: every node reads its share of the partitions.
    """
    values = {
        "{kafka}": settings.kafka,
        "{topic}": settings.topic_prefix + topics.API_EVENTS,
        "{group}": settings.group_id,
    }
    made = []
    for file in sorted(FOLDER.glob("*.sql"), key=lambda one: Path(one).name):
        sql = file.read_text("utf-8")
        for name, value in values.items():
            sql = sql.replace(name, value)
        made.append(sql if cluster is None else _on_cluster(sql, cluster))
    return made


def apply(client: Client, settings: Settings, *, cluster: str | None = None) -> bool:
    """Make ClickHouse read the events, and return whether it did not before; it goes on where it was.

    Raises:
        clickhouse_connect.driver.exceptions.ClickHouseError: It has no Kafka engine, or may not.
    """
    there = client.command("EXISTS TABLE stillwatch.api_events_ingest", use_database=False)
    try:
        for statement in statements(settings, cluster=cluster):
            client.command(statement, use_database=False)
    except ClickHouseError:
        # An engine that cannot start leaves the table behind, which would pass for one that reads.
        where = "" if cluster is None else f" ON CLUSTER '{cluster}'"
        for name in ("api_events_ingest", "api_events_queue"):
            client.command(f"DROP TABLE IF EXISTS stillwatch.{name}{where} SYNC", use_database=False)
        raise
    return str(there) == "0"


def _on_cluster(sql: str, cluster: str) -> str:
    where = f" ON CLUSTER '{cluster}'"
    head, line = sql.split("\nCREATE ", 1)
    first, rest = line.split("\n", 1)
    made, to, target = first.partition(" TO ")
    return f"{head}\nCREATE {made}{where}{to}{target}\n{rest}"
