"""What every view costs on a store of many events: CPU and wall seconds, rows read, on two threads.

The store is filled once and kept; delete it for another number of events. Merges are stopped while questions are asked,
so that the CPU time is theirs.
"""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

from chdb.state.sqlitelike import Connection
from rich.console import Console
from rich.table import Table

from streams.store import migrations
from streams.store.embedded import EmbeddedStore
from tests.bench import filling

CONSOLE = Console(width=140, highlight=False, log_path=False)
TABLES = ("api_events", "account_windows")


class Cost(NamedTuple):
    """Medians of some runs of one question.

    Attributes:
        question: The view, with its arguments.
        cpu: CPU seconds of this process, engine included.
        wall: Seconds by the clock.
        rows: Rows that the answer has.
        error: Why there is no answer; empty where there is one.
    """

    question: str
    cpu: float
    wall: float
    rows: int
    error: str


def measure(directory: Path, events: int, runs: int, only: str) -> list[Cost]:
    """Fill the store if that was not done, ask every view, and return what each cost, in their order.

    Args:
        directory: Of the store.
        events: How many it is to have.
        runs: How often each question is asked, after once for the caches; one of over ten seconds, once in all.
        only: Regular expression for the names of the views.
    """
    with EmbeddedStore(directory) as store:
        migrations.apply(store.client(database=None))
        connection = store.connection(database="stillwatch", max_threads=2, max_memory_usage=10_000_000_000)
        if not _ask(connection, "SELECT count() FROM model_prices").startswith("3"):
            filling.fill(connection.query, events, CONSOLE.log)
            _wait_for_merges(connection)
        for table in TABLES:
            connection.query(f"SYSTEM STOP MERGES stillwatch.{table}")
            CONSOLE.log(table, _ask(connection, _SIZE.format(table=table)))
        return [_cost(connection, question, runs) for question in _questions(connection, only)]


_SIZE = """SELECT sum(rows), formatReadableSize(sum(bytes_on_disk)), count()
FROM system.parts WHERE active AND table = '{table}'"""


def _ask(connection: Connection, sql: str) -> str:
    return str(connection.query(sql, "TSV").data()).strip()


def _wait_for_merges(connection: Connection) -> None:
    """Wait until the merges that the inserts caused are done: as long as it takes, a minute or two."""
    while _ask(connection, "SELECT count() FROM system.merges") != "0":
        time.sleep(1)


def _questions(connection: Connection, only: str) -> Iterator[str]:
    values = {"since": ["now() - INTERVAL 1 DAY"], "factor": ["0.5"]}
    values["campaign"] = [f"'{name}'" for name in filling.SIZES]
    values["account"] = [f"'{_ask(connection, 'SELECT ' + filling.account('7'))}'"]
    values["template"] = [f"'{_ask(connection, 'SELECT ' + filling.template(name))}'" for name in filling.SIZES]
    views = "SELECT name, replaceAll(create_table_query, '\\n', ' ') FROM system.tables WHERE database = 'stillwatch'"
    for line in _ask(connection, f"{views} AND engine = 'View' ORDER BY name").split("\n"):
        name, _, definition = line.partition("\t")
        if re.search(only, name):
            yield from _with_arguments(name, definition, values)
            if name == "v_accounts":
                yield f"v_accounts WHERE account_id = {values['account'][0]}"
            if name in ("v_members", "v_campaign_hours"):
                yield from (f"{name} WHERE campaign_id = '{one}'" for one in filling.SIZES)


def _with_arguments(name: str, definition: str, values: Mapping[str, list[str]]) -> Iterator[str]:
    wanted = sorted(set(re.findall(r"\{(\w+):\w+\}", definition)))
    if not wanted:
        yield name
    elif len(wanted) == 1:
        yield from (f"{name}({wanted[0]} = {value})" for value in values[wanted[0]])
    else:
        raise ValueError(f"say here what to ask of {name}, which wants {', '.join(wanted)}")


def _cost(connection: Connection, question: str, runs: int) -> Cost:
    taken: list[tuple[float, float]] = []
    rows = 0
    for run in range(runs + 1):
        cpu, wall = _cpu(), time.perf_counter()
        try:
            rows = int(_ask(connection, f"SELECT count() FROM (SELECT * FROM {question}) WHERE NOT ignore(*)"))
        except RuntimeError as error:
            return Cost(question, _cpu() - cpu, time.perf_counter() - wall, 0, str(error)[:200])
        last = (_cpu() - cpu, time.perf_counter() - wall)
        if run or last[0] > 10:
            taken.append(last)
        if last[0] > 10:
            break
    cost = Cost(question, median(one[0] for one in taken), median(one[1] for one in taken), rows, "")
    CONSOLE.log(f"{cost.cpu:8.2f} {cost.wall:8.2f} {rows:>10,} {question}")
    return cost


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def show(costs: list[Cost], events: int) -> None:
    """Print what each question cost, the dearest first."""
    table = Table("question", "CPU s", "wall s", "rows", "", title=f"{events:,} events")
    for cost in sorted(costs, key=lambda one: -one.cpu):
        table.add_row(cost.question, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", f"{cost.rows:,}", cost.error)
    CONSOLE.print(table)
