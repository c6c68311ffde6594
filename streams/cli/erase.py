"""`stillwatch erase`: deletes what is stored of an account."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from streams.analyst.erasure import BEYOND_REACH, erase
from streams.cli.failures import failures_explained
from streams.settings import load_settings
from streams.store.opening import open_store, store_of


@click.command(name="erase")
@click.argument("account", metavar="ACCOUNT")
@click.option("--store", metavar="DIR|URL", help="As of `stillwatch sql`. Default: that of the settings.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(account: str, store: str | None, *, yes: bool) -> None:
    """Delete every row of ACCOUNT from the store, and say what this cannot reach. There is no way back.

    \b
    Example:
      stillwatch erase acct-1 --store run
    """  # noqa: D301
    if not yes:
        click.confirm(f"Delete all that is stored of account {account!r}?", abort=True)
    with failures_explained(), open_store(store or store_of(load_settings())) as client:
        done = erase(client, account)
    table = Table("table", "rows deleted")
    for one in done:
        table.add_row(one.table, f"{one.rows:,}")
    console = Console()
    console.print(table)
    console.print("Not reached:")
    for words in BEYOND_REACH:
        console.print(f"- {words}", highlight=False, markup=False)
