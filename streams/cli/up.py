"""`stillwatch up`: the embedded stack, kept running."""

from __future__ import annotations

import asyncio

import click
from rich.console import Console as Terminal

from streams.analyst.console.page import ROOT
from streams.analyst.console.routes import Console
from streams.cli.failures import failures_explained
from streams.cli.stoppable import stoppable
from streams.cli.until_stopped import until_stopped
from streams.settings import Settings, load_settings
from streams.stack.local import LocalStack, local_stack
from streams.store.admission import access_of, tls_of
from streams.store.http import StoreServer
from streams.store.opening import store_directory


@click.command(name="up")
def command() -> None:
    """Run the embedded stack until Ctrl-C or SIGTERM: broker, worker, ClickHouse endpoint and console.

    All of it is on loopback, unless http_host says otherwise, which needs http_token. The store stays in data_dir; the
    embedded broker keeps nothing.

    \b
    Example:
      stillwatch up
      stillwatch replay events.ndjson          (in another terminal, with STILLWATCH_KAFKA as shown)
      curl 'http://127.0.0.1:8123/?query=SELECT+1'
    """  # noqa: D301
    with stoppable(), failures_explained():
        asyncio.run(_run(load_settings()))


async def _run(settings: Settings) -> None:
    console = Terminal()
    access = access_of(settings)
    console.print("Starting broker, store and worker ...")
    async with (
        local_stack(settings, store_directory(settings), labels=True) as stack,
        StoreServer(
            stack.store,
            host=settings.http_host,
            port=settings.http_port,
            access=access,
            tls=tls_of(settings),
            routes=Console(stack.store.client, access).routes(),
        ) as server,
    ):
        await until_stopped(lambda: _show(console, stack, server))
        console.print("Stopping ...")


def _show(console: Terminal, stack: LocalStack, server: StoreServer) -> None:
    """Print lines that can be copied, so none is wrapped."""
    lines = (
        "Stillwatch is up; Ctrl-C stops it.",
        f"  Kafka       {stack.bootstrap}",
        f"  ClickHouse  {server.url}",
        f"  Console     {server.url}{ROOT}",
        "In another terminal:",
        f"  STILLWATCH_KAFKA={stack.bootstrap} stillwatch replay FILE",
        f'  stillwatch sql --store {server.url} "SELECT * FROM v_campaigns"',  # noqa: S608 - words for people
    )
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
