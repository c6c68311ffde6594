"""`stillwatch erase`: deletes what is stored of an account."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from streams.analyst.erasure import BEYOND_REACH, erase, erase_from_topics
from streams.cli.failures import failures_explained
from streams.settings import load_settings
from streams.store.opening import open_store, store_of


@click.command(name="erase")
@click.argument("account", metavar="ACCOUNT")
@click.option("--store", metavar="DIR|URL", help="As of `stillwatch sql`. Default: that of the settings.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(account: str, store: str | None, *, yes: bool) -> None:
    """Delete all that is stored of ACCOUNT, and say what this cannot reach. There is no way back.

    Rows are deleted from the store. Where the settings name a Kafka, its facts and the workers' saved state of it are
    deleted there, too.

    \b
    Example:
      stillwatch erase acct-1 --store run
    """  # noqa: D301
    if not yes:
        click.confirm(f"Delete all that is stored of account {account!r}?", abort=True)
    settings = load_settings()
    with failures_explained(), open_store(store or store_of(settings)) as client:
        done = erase(client, account, cluster=settings.clickhouse_cluster or None)
        buried = [] if settings.kafka_embedded else erase_from_topics(settings, account)
    table = Table("table or topic", "deleted")
    for one in done:
        table.add_row(one.table, f"{one.rows:,} rows")
    for topic in buried:
        table.add_row(topic, "by tombstones")
    console = Console()
    console.print(table)
    console.print("Not reached:")
    for words in BEYOND_REACH:
        console.print(f"- {words}", highlight=False, markup=False)
