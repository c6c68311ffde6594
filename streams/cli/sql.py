"""`stillwatch sql`: runs a statement on the store."""

from __future__ import annotations

import sys

import click
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from rich.console import Console
from rich.table import Table

from streams.settings import load_settings
from streams.store.errors import StoreError
from streams.store.opening import open_store, store_of
from streams.store.statement import Statement, parse

# Short names; any other format of ClickHouse goes by its own.
FORMATS = {
    "csv": "CSVWithNames",
    "json": "JSON",
    "jsonl": "JSONEachRow",
    "markdown": "Markdown",
    "tsv": "TSVWithNames",
    "vertical": "Vertical",
}
# More would scroll past; files take any number.
MAX_TABLE_ROWS = 1000


@click.command(name="sql")
@click.argument("sql", metavar="SQL")
@click.option(
    "--store",
    metavar="DIR|URL",
    help="Directory of a store (or what `detect --out` wrote), or URL of a ClickHouse. Default: that of the settings.",
)
@click.option(
    "--format",
    "output",
    metavar="FORMAT",
    help=f"table, {', '.join(FORMATS)}, or a format of ClickHouse. Default: table on a terminal, tsv elsewhere.",
)
@click.option(
    "--param", "parameters", metavar="NAME=VALUE", multiple=True, help="What {NAME:Type} in SQL stands for; repeatable."
)
def command(sql: str, store: str | None, output: str | None, parameters: tuple[str, ...]) -> None:
    """Run SQL on the store. `-` reads it from standard input; unqualified names are those of `stillwatch`.

    A store that another process owns, such as `stillwatch up`, is asked through that process.

    \b
    Example:
      stillwatch sql "SELECT campaign_id, accounts, risk FROM v_campaigns ORDER BY risk DESC"
      stillwatch sql "SELECT * FROM v_alerts" --store run/store --format jsonl > alerts.ndjson
      stillwatch sql "SELECT * FROM v_timeline(campaign = {c:String})" --param c=C-1f3a
      stillwatch sql "INSERT INTO labels (entity_type, entity_id, verdict, analyst, note)
                      VALUES ('campaign', 'c-1f3a', 'benign', 'kim', 'a school')"
    """  # noqa: D301
    text = (sys.stdin.read() if sql == "-" else sql).strip().rstrip("; \n\t")
    statement = parse(text.encode())
    if not statement.kind:
        raise click.UsageError("SQL is empty")
    if statement.several:
        raise click.UsageError("SQL holds several statements: run them one by one")
    values = dict(map(_parameter, parameters))
    output = output or ("table" if sys.stdout.isatty() else "tsv")
    try:
        with open_store(store or store_of(load_settings())) as client:
            client.show_clickhouse_errors = "scrub"  # the statement's fault, without the address
            _run(client, text, statement, output, values)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    except ClickHouseError as error:
        raise click.ClickException(_message(error)) from error


def _run(client: Client, text: str, statement: Statement, output: str, values: dict[str, str]) -> None:
    if not statement.has_rows:
        client.command(text, parameters=values or None)
        Console(stderr=True).print("done")
    elif output == "table" and statement.output_format is None:
        _print_table(client, text, values)
    else:
        name = None if statement.output_format else FORMATS.get(output, output)
        sys.stdout.buffer.write(client.raw_query(text, fmt=name, parameters=values or None))
        sys.stdout.buffer.flush()


def _print_table(client: Client, text: str, values: dict[str, str]) -> None:
    result = client.query(text, parameters=values or None)
    rows = result.result_rows
    table = Table(*result.column_names)
    for column, kind in zip(table.columns, result.column_types, strict=True):
        if (kind.base_type or "").startswith(("Int", "UInt", "Float", "Decimal")):
            column.justify = "right"
    for row in rows[:MAX_TABLE_ROWS]:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console().print(table)
    if len(rows) > MAX_TABLE_ROWS:
        Console(stderr=True).print(f"the first {MAX_TABLE_ROWS:,} of {len(rows):,} rows; --format tsv gives all")


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise click.UsageError(f"--param {text!r} is not NAME=VALUE")
    return name, value


def _message(error: ClickHouseError) -> str:
    """Return what ClickHouse says, without what its driver says around it."""
    text = str(error)
    start = text.find("Code: ")
    return text[start:] if start >= 0 else text
