"""Every query of docs/sql.md, by unmodified clients, against `stillwatch up` while events flow."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlencode

import clickhouse_connect.dbapi
import pytest
import sqlalchemy
from clickhouse_connect.driver.client import Client

from tests.analyst.cookbook import Query, connect, named_in, queries, values
from tests.analyst.running import Running
from tests.streams.bus.waiting import until

pytestmark = pytest.mark.embedded
QUERIES = queries()


@pytest.fixture(scope="module")
def client(stack: Running) -> Iterator[Client]:
    with connect(stack) as opened:
        yield opened


@pytest.fixture(scope="module")
def given(client: Client) -> dict[str, str]:
    return values(client)


def test_there_are_enough_questions_and_all_are_answered() -> None:
    assert len(QUERIES) >= 25
    assert len({query.question for query in QUERIES}) == len(QUERIES)
    assert [query.question for query in QUERIES if not (query.columns and query.rows)] == []


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.question)
def test_the_page_shows_what_the_query_answers(query: Query, client: Client, given: dict[str, str]) -> None:
    result = client.query(query.sql, parameters=named_in(query.sql, given))
    assert list(result.column_names) == query.columns
    assert result.result_rows


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.question)
def test_curl_gets_it(query: Query, stack: Running, given: dict[str, str]) -> None:
    fields = {f"param_{name}": value for name, value in (named_in(query.sql, given) or {}).items()}
    url = f"{stack.url}/?{urlencode({'database': 'stillwatch', **fields})}"
    words = ["curl", "--silent", "--fail-with-body", url, "--data-binary", query.sql + " FORMAT JSONCompact"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    answer = json.loads(done.stdout)
    assert [column["name"] for column in answer["meta"]] == query.columns
    assert answer["data"]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.question)
def test_the_db_api_gets_it(query: Query, stack: Running, given: dict[str, str]) -> None:
    dsn = stack.url.replace("http://", "clickhouse://") + "/stillwatch"
    with closing(clickhouse_connect.dbapi.connect(dsn=dsn)) as connection:
        cursor = connection.cursor()
        cursor.execute(query.sql, named_in(query.sql, given))
        assert [column[0] for column in cursor.description] == query.columns
        assert cursor.fetchall()


@pytest.fixture(scope="module")
def engine(stack: Running) -> Iterator[sqlalchemy.Engine]:
    """The dialect that Superset uses."""
    made = sqlalchemy.create_engine(stack.url.replace("http://", "clickhousedb://") + "/stillwatch")
    yield made
    made.dispose()


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.question)
def test_sqlalchemy_gets_it(query: Query, engine: sqlalchemy.Engine, given: dict[str, str]) -> None:
    sql = query.sql
    for name, value in given.items():
        sql = sql.replace(f"{{{name}:String}}", f"'{value}'")  # as Superset's templates put it
    with engine.connect() as connection:
        result = connection.exec_driver_sql(sql)
        assert list(result.keys()) == query.columns
        assert result.fetchall()


def test_events_flow_meanwhile(client: Client) -> None:
    # A replayed event replaces the stored one and renews its time of writing.
    seen = "SELECT max(written_at) FROM api_events"
    first = client.command(seen)
    until(lambda: client.command(seen) != first, "a row written after the first look", seconds=120)
