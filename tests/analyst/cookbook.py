"""The queries of docs/sql.md; run as a module, it asks all of them anew and writes the answers into the page."""

import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from tests.analyst.running import Running, running_stack

PAGE = Path(__file__).parents[2] / "docs" / "sql.md"
_ANSWER = re.compile(r"(^### (?:(?!^###? ).)*?^```sql\n(?P<sql>.*?)^```\n)(?P<answer>(?:\n?\|[^\n]*\n)*)", re.M | re.S)


class Query(NamedTuple):
    """A question, its SQL, and the columns and rows of the answer that the page shows."""

    question: str
    sql: str
    columns: list[str]
    rows: int


def queries() -> list[Query]:
    """Every query of the page."""
    found = []
    for match in _ANSWER.finditer(PAGE.read_text()):
        lines = match["answer"].strip().splitlines()
        columns = [cell.strip().replace("\\_", "_") for cell in lines[0].strip("|").split("|")] if lines else []
        question = match[0].splitlines()[0].removeprefix("### ")
        found.append(Query(question, match["sql"].strip(), columns, max(len(lines) - 2, 0)))
    return found


def values(client: Client) -> dict[str, str]:
    """What the parameters of the page stand for: the largest campaign on alert, a member, and a template of it."""
    campaign, links = client.query(
        "SELECT campaign_id, links FROM v_campaigns WHERE status = 'alert' ORDER BY accounts DESC, campaign_id LIMIT 1"
    ).result_rows[0]
    account = client.query(
        "SELECT account_id FROM v_members WHERE campaign_id = {campaign:String}"
        " ORDER BY fact_status = '', sure DESC, account_id LIMIT 1",
        parameters={"campaign": campaign},
    ).result_rows[0][0]
    return {"campaign": campaign, "account": account, "template": links[0]}


def named_in(sql: str, parameters: dict[str, str]) -> dict[str, str] | None:
    """Return the parameters that a query names; with others, clickhouse-connect would format the text by itself."""
    return {name: value for name, value in parameters.items() if f"{{{name}:" in sql} or None


def refresh(client: Client) -> None:
    """Write the answers of the store into the page."""
    parameters = values(client)

    def answered(match: re.Match[str]) -> str:
        given = named_in(match["sql"], parameters)
        table = client.raw_query(match["sql"], fmt="Markdown", parameters=given).decode().strip().replace("\\'", "'")
        return f"{match[1]}\n{table}\n"

    PAGE.write_text(_ANSWER.sub(answered, PAGE.read_text()))


def main() -> None:
    with tempfile.TemporaryDirectory() as directory, running_stack(Path(directory)) as stack:
        refresh(connect(stack))
    sys.stdout.write(f"{len(queries())} answers written to {PAGE.name}\n")


def connect(stack: Running) -> Client:
    """An unmodified client, over HTTP."""
    return clickhouse_connect.get_client(dsn=stack.url.replace("http://", "clickhouse://") + "/stillwatch")


if __name__ == "__main__":
    main()
