"""`stillwatch up`: the embedded stack, kept running."""

from __future__ import annotations

import asyncio

import click
from rich.console import Console
from rich.table import Table

from streams.bus.broker import BrokerError
from streams.cli.until_stopped import until_stopped
from streams.settings import Settings, load_settings
from streams.stack.local import LocalStack, local_stack
from streams.store.errors import StoreError
from streams.store.http import StoreServer


@click.command(name="up")
def command() -> None:
    """Run the embedded stack until Ctrl-C or SIGTERM: broker, worker and ClickHouse endpoint, all on loopback.

    The store stays in `data_dir`; the embedded broker keeps nothing.

    \b
    Example:
      stillwatch up
      stillwatch replay events.ndjson          (in another terminal, with STILLWATCH_KAFKA as shown)
      curl 'http://127.0.0.1:8123/?query=SELECT+1'
    """  # noqa: D301
    try:
        asyncio.run(_run(load_settings()))
    except (BrokerError, StoreError) as error:
        raise click.ClickException(str(error)) from error


async def _run(settings: Settings) -> None:
    directory = settings.data_dir / "store"
    async with local_stack(settings, directory) as stack:
        async with StoreServer(stack.store, host=settings.http_host, port=settings.http_port) as server:
            Console().print(_addresses(stack, server))
            await until_stopped()


def _addresses(stack: LocalStack, server: StoreServer) -> Table:
    table = Table("service", "address", "try", title="Stillwatch is up; Ctrl-C stops it", title_justify="left")
    table.add_row("Kafka", stack.bootstrap, f"STILLWATCH_KAFKA={stack.bootstrap} stillwatch replay FILE")
    table.add_row("ClickHouse", server.url, f'stillwatch sql --store {server.url} "SELECT * FROM v_campaigns"')
    return table
