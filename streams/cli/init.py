"""`stillwatch init`: creates what a worker needs to find."""

from __future__ import annotations

from contextlib import closing

import click
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from rich.console import Console
from rich.table import Table

from streams.bus.admin import TopicError, create_topics
from streams.bus.connection import brokers_of
from streams.settings import Settings, load_settings
from streams.store import ingestion, migrations, retention
from streams.store.connect import connect
from streams.store.embedded import EmbeddedStore
from streams.store.errors import StoreError
from streams.store.opening import store_directory
from streams.topics import layout


@click.command(name="init")
@click.option(
    "--replication",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Copies of each new topic; at most as many as there are brokers, 3 on a cluster.",
)
def command(replication: int) -> None:
    """Create the topics and bring the ClickHouse database up to date. Safe to repeat.

    Topics that exist are left as they are. What `up` starts by itself (`embedded` in the settings) needs no init; its
    store is brought up to date all the same.

    \b
    Example:
      export STILLWATCH_KAFKA=kafka-1:9092 STILLWATCH_CLICKHOUSE=clickhouse://admin:secret@ch-1:8123
      stillwatch init --replication 3
    """  # noqa: D301
    settings = load_settings()
    done = Table("made", "result", title="stillwatch init", title_justify="left")
    try:
        done.add_row("topics", _topics(settings, replication))
        done.add_row("tables and views", _tables(settings))
    except (TopicError, StoreError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        if done.row_count:
            Console().print(done)


def _topics(settings: Settings, replication: int) -> str:
    if settings.kafka_embedded:
        return "the embedded broker makes them when it starts"
    return (
        ", ".join(create_topics(brokers_of(settings), settings.partitions, replication, layout(settings.topic_prefix)))
        or "all were there"
    )


def _tables(settings: Settings) -> str:
    return "\n".join(_migrate(settings)) or "all were up to date"


def _migrate(settings: Settings) -> list[str]:
    if settings.clickhouse_embedded:
        with EmbeddedStore(store_directory(settings)) as store:
            return _bring(store.client(database=None), settings, None)
    with closing(connect(settings.clickhouse, use_database=False)) as client:
        done = _bring(client, settings, settings.clickhouse_cluster or None)
        if not settings.store_events and not settings.kafka_embedded:
            done += _ingest(client, settings)
        return done


def _ingest(client: Client, settings: Settings) -> list[str]:
    """Let ClickHouse read the events, and say so when it did not before; the rest works without."""
    try:
        if ingestion.apply(client, settings, cluster=settings.clickhouse_cluster or None):
            return ["api_events is read from Kafka by ClickHouse itself"]
    except ClickHouseError as error:
        reason = str(error).partition("\n")[0]
        click.echo(
            f"ClickHouse cannot read Kafka by itself ({reason}), so api_events stays empty: let it reach"
            f" {settings.kafka}, or set STILLWATCH_STORE_EVENTS=true, and workers write the events",
            err=True,
        )
    return []


def _bring(client: Client, settings: Settings, cluster: str | None) -> list[str]:
    applied = migrations.apply(client, cluster=cluster)
    return [*map(str, applied), *retention.apply(client, settings, cluster=cluster)]
