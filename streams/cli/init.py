"""`stillwatch init`: creates what a worker needs to find."""

from __future__ import annotations

from contextlib import closing

import click
from rich.console import Console
from rich.table import Table

from streams.bus.admin import TopicError, create_topics
from streams.bus.connection import brokers_of
from streams.settings import Settings, load_settings
from streams.store import migrations
from streams.store.connect import connect
from streams.store.embedded import EmbeddedStore
from streams.store.errors import StoreError
from streams.store.migrations import Migration
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
    return "\n".join(map(str, _migrate(settings))) or "all were up to date"


def _migrate(settings: Settings) -> list[Migration]:
    if settings.clickhouse_embedded:
        with EmbeddedStore(store_directory(settings)) as store:
            return migrations.apply(store.client(database=None))
    with closing(connect(settings.clickhouse, use_database=False)) as client:
        return migrations.apply(client)
