"""`stillwatch worker`: one production worker."""

from __future__ import annotations

import asyncio

import click
from rich.console import Console

from streams.cli.failures import failures_explained
from streams.cli.stoppable import stoppable
from streams.cli.until_stopped import until_stopped
from streams.settings import Settings, SettingsError, load_settings
from streams.stack.remote import remote_worker


@click.command(name="worker")
def command() -> None:
    """Run one worker against the Kafka and the ClickHouse of the settings, until it is told to stop.

    SIGTERM and Ctrl-C let it finish what it began and commit. Start as many as there are partitions, at most.

    \b
    Example:
      stillwatch init
      STILLWATCH_KAFKA=kafka-1:9092 STILLWATCH_CLICKHOUSE=clickhouse://writer@ch-1:8123/stillwatch stillwatch worker
    """  # noqa: D301
    settings = load_settings()
    for name, embedded in (("kafka", settings.kafka_embedded), ("clickhouse", settings.clickhouse_embedded)):
        if embedded:
            raise SettingsError(
                f"{name} is 'embedded', which a worker cannot reach: set STILLWATCH_{name.upper()},"
                " or use `stillwatch up`"
            )
    with stoppable(), failures_explained():
        asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    async with remote_worker(settings):
        await until_stopped(lambda: _announce(settings))


def _announce(settings: Settings) -> None:
    Console(stderr=True).print(f"worker of group {settings.group_id} is running", highlight=False)
