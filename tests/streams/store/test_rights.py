"""What callers of the endpoint may do who are no operators: roles of the engine, and what those cannot refuse."""

# ruff: noqa: RUF001 - typographic quotes are what some of these are about

import asyncio
from collections.abc import AsyncIterator

import clickhouse_connect
import pytest

from streams.store.access import Access
from streams.store.embedded import EmbeddedStore
from streams.store.http import StoreServer
from streams.store.opening import open_store
from streams.store.refusals import EngineError
from streams.store.rights import check_rights
from streams.store.statement import parse
from tests.streams.store.asking import address, post

pytestmark = pytest.mark.embedded

LABEL = "INSERT INTO stillwatch.labels (entity_type, entity_id, verdict, analyst, note)"
ALLOWED = (
    "SELECT count() FROM stillwatch.v_campaigns",
    "WITH 1 AS one SELECT one FROM numbers(2) SETTINGS max_threads = 1",
    "SELECT 'a file ('' \\' $ of ’theirs’' AS text",
    "SHOW TABLES FROM stillwatch",
    "DESCRIBE stillwatch.labels",
    f"{LABEL} VALUES ('account', 'a', 'benign', 'kim', 'saw the file (twice)')",
    f'{LABEL} FORMAT JSONEachRow\n{{"entity_type":"account","entity_id":"a","verdict":"benign","analyst":"kim"}}',
    f"{LABEL} SELECT 'account', 'b', 'benign', 'kim', ''",
)
DENIED = (
    "INSERT INTO stillwatch.alerts (alert_id) VALUES ('forged')",
    "INSERT INTO stillwatch.labels (entity_id, id) VALUES ('a', generateUUIDv4())",
    "ALTER TABLE stillwatch.labels DELETE WHERE 1",
    "DROP TABLE stillwatch.labels",
    "TRUNCATE TABLE stillwatch.alerts",
    "CREATE TABLE stillwatch.mine (a Int8) ENGINE = Memory",
    "CREATE USER mallory",
    "KILL QUERY WHERE 1",
    "SYSTEM FLUSH LOGS",
    "OPTIMIZE TABLE stillwatch.labels",
    "SET ROLE operator",
    "SET /* */ role ALL",
    "SET DEFAULT ROLE operator TO default",
    "SELECT * FROM file('/etc/hostname', 'LineAsString')",
    "SELECT file('/etc/hostname')",
    "SELECT `f\\x69le`('/etc/hostname')",
    "SELECT * APPLY(file) FROM (SELECT '/etc/hostname')",
    "SELECT 1 AS a$x$, file('/etc/hostname'), 2 AS b$x$",
    "SELECT 1 AS “'”, file('/etc/hostname') AS “'”",
    "SELECT * FROM default.`/etc/hostname`",
    "SELECT * FROM '/etc/hostname'",
    f"{LABEL} VALUES ('account', file('/etc/hostname'), 'benign', 'kim', '')",
    f"{LABEL} FORMAT Values ('account', file('/etc/hostname'), 'benign', 'kim', '')",
    f"{LABEL} SELECT 'account', line, 'benign', 'kim', '' FROM default.`/etc/hostname`",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM remote('127.0.0.1:1', system.one)",
    "SELECT * FROM python('os')",
    "SELECT 1 SETTINGS allow_python_table_function = 1",
    "SELECT 1 SETTINGS additional_result_filter = 'length(file(''/etc/hostname'')) > 0'",
    "SELECT 1 SETTINGS format_schema = '/etc/hostname'",
    "SELECT 1 SETTINGS dialect = 'kusto'",
    "SELECT 1 INTO OUTFILE '/tmp/stillwatch-never'",
    "INSERT INTO FUNCTION file('/tmp/stillwatch-never', 'CSV', 'a Int8') VALUES (1)",
)
LIMITS = (
    "max_memory_usage = 0",
    "max_memory_usage = 99000000000",
    "max_execution_time = 0",
    "max_execution_time = 9e9",
)


@pytest.fixture
async def guarded(migrated: EmbeddedStore) -> AsyncIterator[StoreServer]:
    async with StoreServer(migrated, access=Access(reading_only=True)) as server:
        yield server


@pytest.mark.parametrize("sql", ALLOWED)
@pytest.mark.parametrize("session", [{}, {"session_id": "one"}])
async def test_they_read_and_label(guarded: StoreServer, sql: str, session: dict[str, str]) -> None:
    answer = await asyncio.to_thread(lambda: post(guarded, sql, **session))
    assert answer.status == 200, answer.body


@pytest.mark.parametrize("sql", DENIED)
@pytest.mark.parametrize("session", [{}, {"session_id": "one"}])
async def test_they_do_nothing_else(guarded: StoreServer, sql: str, session: dict[str, str]) -> None:
    answer = await asyncio.to_thread(lambda: post(guarded, sql, **session))
    assert answer.status != 200, answer.body
    assert b"Code: " in answer.body
    assert b"localhost" not in answer.body, "nothing of a file"


@pytest.mark.parametrize("setting", LIMITS)
async def test_limits_can_be_lowered_only(guarded: StoreServer, setting: str) -> None:
    name, _, value = setting.partition(" = ")
    for answer in (
        await asyncio.to_thread(post, guarded, f"SELECT 1 SETTINGS {setting}"),
        await asyncio.to_thread(lambda: post(guarded, "SELECT 1", **{name: value})),
        await asyncio.to_thread(lambda: post(guarded, f"SET {setting}", session_id="two")),
    ):
        assert (answer.status, b"SETTING_CONSTRAINT_VIOLATION" in answer.body) == (500, True), answer.body
    lower = await asyncio.to_thread(lambda: post(guarded, "SELECT 1", max_memory_usage="100000000"))
    assert lower.status == 200


async def test_time_and_memory_are_limited(guarded: StoreServer) -> None:
    hungry = "SELECT length(groupArray(number)) FROM numbers(20000000)"
    answer = await asyncio.to_thread(lambda: post(guarded, hungry, max_memory_usage="20000000"))
    assert b"MEMORY_LIMIT_EXCEEDED" in answer.body
    slow = "SELECT count() FROM numbers(1000000000000) WHERE sleep(0.1) = 0"
    answer = await asyncio.to_thread(lambda: post(guarded, slow, max_execution_time="1"))
    assert b"TIMEOUT_EXCEEDED" in answer.body


async def test_whoever_can_read_the_directory_is_an_operator(guarded: StoreServer, migrated: EmbeddedStore) -> None:
    """Another process would be told so by the lock; it is this one's own, so the busy store is asked about directly."""
    file = migrated.path / "endpoint"
    assert file.stat().st_mode & 0o077 == 0, "nobody else may read the key"
    _, url, key = file.read_text().split()
    assert url == guarded.url

    def work() -> None:
        with clickhouse_connect.get_client(**address(guarded), username="operator", password=key) as client:
            client.command("CREATE TABLE stillwatch.mine (a Int8) ENGINE = Memory")
            client.command("DROP TABLE stillwatch.mine")
        with open_store(url) as client, pytest.raises(Exception, match="ACCESS_DENIED"):
            client.command("CREATE TABLE stillwatch.mine (a Int8) ENGINE = Memory")

    await asyncio.to_thread(work)


def test_a_parameter_is_no_way_around() -> None:
    for sql in ("SELECT {f:Identifier}('/etc/hostname')", "SELECT 'file' AS f"):
        check_rights(parse(sql.encode()))  # the engine takes no parameter for the name of a function
    with pytest.raises(EngineError):
        check_rights(parse(b"KILL QUERY WHERE 1"))
