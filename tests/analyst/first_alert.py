"""The walk of docs/first-alert.md; run as a module, it is done anew and the page gets the answers."""

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from clickhouse_connect.driver.client import Client

from tests.analyst.cookbook import connect, values
from tests.analyst.running import fresh_stack
from tests.streams.bus.waiting import until

PAGE = Path(__file__).parents[2] / "docs" / "first-alert.md"
_STEP = re.compile(r"^```sql\n(?P<sql>.*?)^```\n(?P<answer>(?:\n?\|[^\n]*\n)*)", re.M | re.S)
_WAITING = "SELECT countIf(applied_at IS NULL) FROM v_label_history"


class Step(NamedTuple):
    """A statement of the page with this store's ids, the columns that the page shows, and the answer in Markdown."""

    sql: str
    columns: list[str]
    answer: str


def walk(client: Client) -> Iterator[Step]:
    """Do what the page does, in its order; a label is waited for until the pipeline has taken it in."""
    known = values(client)
    for match in _STEP.finditer(PAGE.read_text()):
        sql = re.sub(r"'C-[0-9a-f]{16}'", f"'{known['campaign']}'", match["sql"].strip())
        sql = re.sub(r"account = '[0-9a-f]+'", f"account = '{known['account']}'", sql)
        lines = match["answer"].strip().splitlines()
        columns = [cell.strip().replace("\\_", "_") for cell in lines[0].strip("|").split("|")] if lines else []
        if sql.startswith("INSERT"):
            client.command(sql)
            until(lambda: client.command(_WAITING) == 0, "the label is taken in", seconds=120)
            yield Step(sql, columns, "")
        else:
            answer = client.raw_query(sql, fmt="Markdown").decode().strip().replace("\\'", "'")
            yield Step(sql, columns, answer)


def main() -> None:
    with tempfile.TemporaryDirectory() as directory, fresh_stack(Path(directory)) as stack:
        steps = iter(list(walk(connect(stack))))

    def done(_: re.Match[str]) -> str:
        step = next(steps)
        return f"```sql\n{step.sql}\n```\n" + (f"\n{step.answer}\n" if step.answer else "")

    PAGE.write_text(_STEP.sub(done, PAGE.read_text()))
    sys.stdout.write(f"{PAGE.name} has the answers of now\n")


if __name__ == "__main__":
    main()
