"""The endpoint as unmodified clients see it: clickhouse-connect, its DB-API, its asynchronous client, curl."""

import asyncio
import gzip
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import clickhouse_connect
import pytest
from clickhouse_connect import dbapi
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from streams.store.http import StoreServer
from tests.disk import small_disk
from tests.streams.store.asking import address, ask, post

pytestmark = pytest.mark.embedded

AT = datetime(2025, 10, 9, 8, 53, 20, 123000, UTC)
# A block that would be cut short if it went in with its statement, and text that looks like one.
AWKWARD = ["plain", ";\n\n ", "'; DROP TABLE t; --", "tab\tnul\x00 \\ é", ""]


@pytest.fixture
def remote(server: StoreServer) -> Iterator[Client]:
    """The client that anybody would make."""
    with clickhouse_connect.get_client(**address(server)) as client:
        yield client


@pytest.fixture
def table(remote: Client, unique: Any) -> str:
    """A table of this test's own."""
    name = f"default.{unique('t').replace('-', '_')}"
    remote.command(f"CREATE TABLE {name} (a UInt64, b String, at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY a")
    return name


def test_a_full_disk_of_temporary_files_is_said_as_a_server_does(
    remote: Client, table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", "1m", files=10) as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk.path))
        for fill in (disk.fill, disk.take_files):
            fill()
            with pytest.raises(DatabaseError, match=r"Code: 243.*TMPDIR.*No space left.*NOT_ENOUGH_SPACE"):
                remote.insert(table, [(1, "text", AT)], column_names=["a", "b", "at"])
            disk.make_room()
        remote.insert(table, [(1, "text", AT)], column_names=["a", "b", "at"])
    assert remote.query(f"SELECT count() FROM {table}").result_rows == [(1,)]


# clickhouse-connect


def test_a_client_finds_a_server(remote: Client) -> None:
    assert remote.ping()
    assert remote.server_version.startswith("26.")


def test_rows_go_in_and_come_out_as_they_were(remote: Client, table: str) -> None:
    rows = [(number, text, AT) for number, text in enumerate(AWKWARD)]
    summary = remote.insert(table, rows, column_names=["a", "b", "at"])
    assert summary.written_rows == len(rows)
    result = remote.query(f"SELECT a, b, at FROM {table} ORDER BY a", query_tz="UTC", tz_mode="aware")
    assert [tuple(row) for row in result.result_rows] == rows
    assert result.summary["read_rows"] == str(len(rows))


@pytest.mark.parametrize("compress", [False, "lz4", "zstd", "gzip"])
def test_inserts_are_unpacked(server: StoreServer, table: str, compress: bool | str) -> None:
    with clickhouse_connect.get_client(**address(server), compress=compress) as client:
        client.insert(table, [[number, "b" * 50] for number in range(30_000)], column_names=["a", "b"])
        assert client.query(f"SELECT count(), sum(a) FROM {table}").result_rows == [(30_000, sum(range(30_000)))]


@pytest.mark.parametrize("text", AWKWARD)
def test_parameters_stay_values(remote: Client, text: str) -> None:
    bound = remote.query("SELECT {text:String} AS text, {number:UInt32}", parameters={"text": text, "number": 5})
    assert bound.result_rows == [(text, 5)]
    assert remote.query("SELECT %(text)s", parameters={"text": text}).result_rows == [(text,)]


def test_long_parameters_go_as_a_form(server: StoreServer) -> None:
    with clickhouse_connect.get_client(**address(server), form_encode_query_params=True) as client:
        assert client.query("SELECT {text:String}", parameters={"text": "é;" * 50_000}).result_rows == [
            ("é;" * 50_000,)
        ]


def test_settings_hold_for_their_query_only(remote: Client) -> None:
    setting = "SELECT getSetting('max_block_size')"
    own = remote.command(setting)
    assert remote.command(setting, settings={"max_block_size": 17}) == 17
    assert remote.command(setting) == own
    remote.command("SET max_block_size = 23")
    assert remote.command(setting, settings={"max_block_size": 17}) == 17
    assert remote.command(setting) == 23


def test_a_wrong_setting_does_not_spoil_the_session(remote: Client) -> None:
    with pytest.raises(DatabaseError) as refused:
        remote.command("SELECT 1", settings={"max_threads": "many"})
    assert refused.value.code is not None
    assert remote.command("SELECT 1") == 1


def test_sessions_keep_what_is_theirs(server: StoreServer, remote: Client) -> None:
    remote.command("CREATE TEMPORARY TABLE mine (a UInt8)")
    remote.command("INSERT INTO mine VALUES (3)")
    remote.command("USE system")
    assert remote.query("SELECT a, currentDatabase() FROM mine").result_rows == [(3, "system")]
    with clickhouse_connect.get_client(**address(server)) as other, pytest.raises(DatabaseError) as refused:
        other.query("SELECT * FROM mine")
    assert refused.value.name == "UNKNOWN_TABLE"


def test_two_requests_in_one_session_are_refused(server: StoreServer, remote: Client) -> None:
    slow = "SELECT sleepEachRow(1) FROM numbers(1)"
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(post, server, slow, session_id="shared")
        running_now = "SELECT count() FROM system.processes WHERE query LIKE '%sleepEachRow%'"
        while remote.command(running_now) < 2:
            pass
        second = post(server, "SELECT 1", session_id="shared")
        assert (second.status, second.headers["X-ClickHouse-Exception-Code"]) == (500, "373")
        assert running.result().status == 200
    assert post(server, "SELECT 1", session_id="shared").body == b"1\n"


def test_a_session_that_has_to_exist_has_to(server: StoreServer) -> None:
    answer = post(server, "SELECT 1", session_id="unheard-of", session_check="1")
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (404, "372")
    assert post(server, "SELECT 1", session_id="x", session_timeout="soon").status == 400


@pytest.mark.parametrize(
    ("sql", "code", "name"),
    [
        ("selec 1", 62, "SYNTAX_ERROR"),
        ("SELECT * FROM nowhere", 60, "UNKNOWN_TABLE"),
        ("SELECT throwIf(1)", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
        ("SELECT {absent:String}", 456, "UNKNOWN_QUERY_PARAMETER"),
    ],
)
def test_errors_carry_their_code(remote: Client, sql: str, code: int, name: str) -> None:
    with pytest.raises(DatabaseError) as refused:
        remote.query(sql)
    assert (refused.value.code, refused.value.name) == (code, name)
    assert remote.query("SELECT 1").result_rows == [(1,)]


def test_a_bad_insert_says_so_and_stores_nothing(remote: Client, table: str) -> None:
    with pytest.raises(DatabaseError) as refused:
        remote.raw_insert(table, ["a", "b"], b"1\tx\nnumber\ty\n", fmt="TSV")
    assert refused.value.code == 27
    assert remote.query(f"SELECT count() FROM {table}").result_rows == [(0,)]


def test_an_insert_that_a_constraint_refuses_is_refused(server: StoreServer, table: str) -> None:
    assert post(server, f"ALTER TABLE {table} ADD CONSTRAINT b_is_given CHECK b != ''").status == 200
    answer = post(server, f"INSERT INTO {table} (a, b) FORMAT TSV\n1\t\n")
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (500, "469")
    assert post(server, f"SELECT count() FROM {table}").body == b"0\n"


def test_an_insert_may_have_settings_parameters_or_no_data(server: StoreServer, table: str) -> None:
    skipping = f"INSERT INTO {table} (a) SETTINGS input_format_csv_skip_first_lines = 1 FORMAT CSV\nhead\n7\n"
    assert post(server, skipping).status == 200
    assert post(server, f"INSERT INTO {table} (a) VALUES ({{a:UInt8}})", param_a="8").status == 200
    assert post(server, f"INSERT INTO {table} (a) FORMAT TSV").status == 200
    assert post(server, f"SELECT arraySort(groupArray(a)) FROM {table}").body == b"[7,8]\n"


def test_a_token_makes_an_insert_happen_once(remote: Client) -> None:
    for _ in range(2):
        remote.insert(
            "stillwatch.campaigns",
            [["once", "watch"]],
            column_names=["campaign_id", "status"],
            settings={"insert_deduplication_token": "the same"},
        )
    assert remote.query("SELECT count() FROM stillwatch.campaigns WHERE campaign_id = 'once'").result_rows == [(1,)]


def test_empty_results_have_columns(remote: Client, table: str) -> None:
    assert remote.query(f"SELECT a, b FROM {table} LIMIT 0").column_names == ("a", "b")
    assert remote.query(f"SELECT a, b FROM {table}").result_rows == []
    assert remote.command(f"SELECT a FROM {table}") == ""


def test_results_in_blocks_data_frames_and_arrow(remote: Client) -> None:
    with remote.query_row_block_stream("SELECT number FROM numbers(200000)") as stream:
        assert sum(len(block) for block in stream) == 200_000
    assert remote.query_df("SELECT number FROM numbers(3)")["number"].tolist() == [0, 1, 2]
    assert remote.query_arrow("SELECT number FROM numbers(3)").num_rows == 3
    assert remote.query_np("SELECT number FROM numbers(3)").shape == (3, 1)


def test_a_result_has_a_bound(remote: Client) -> None:
    with pytest.raises(DatabaseError) as refused:
        remote.raw_query("SELECT number FROM numbers(1000000)", fmt="Native", settings={"max_result_bytes": 1000})
    assert refused.value.name == "TOO_MANY_ROWS_OR_BYTES"


def test_the_dbapi_works(server: StoreServer, table: str) -> None:
    connection = dbapi.connect(**address(server))
    cursor = connection.cursor()
    cursor.executemany(f"INSERT INTO {table} (a, b) VALUES", [(1, "x"), (2, "';")])
    cursor.execute(f"SELECT a, b FROM {table} WHERE a < %(most)s ORDER BY a", {"most": 9})
    assert [column[0] for column in cursor.description] == ["a", "b"]
    assert cursor.fetchall() == [(1, "x"), (2, "';")]
    connection.close()


async def test_the_asynchronous_client_works(server: StoreServer, table: str) -> None:
    async with await clickhouse_connect.get_async_client(**address(server)) as client:
        await client.insert(table, [[1, "x"]], column_names=["a", "b"])
        results = await asyncio.gather(*(client.query(f"SELECT {number}, b FROM {table}") for number in range(20)))
    assert [result.result_rows for result in results] == [[(number, "x")] for number in range(20)]


def test_queries_and_inserts_run_side_by_side(server: StoreServer, table: str) -> None:
    def work(number: int) -> int:
        with clickhouse_connect.get_client(**address(server)) as client:
            client.insert(table, [[number, "x" * 100]] * 1000, column_names=["a", "b"])
            return int(client.command(f"SELECT count() FROM {table} WHERE a = {number}"))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, range(16))) == [1000] * 16
    assert post(server, f"SELECT count() FROM {table}").body == b"16000\n"


# Raw requests


def test_ping(server: StoreServer) -> None:
    for path in ("/ping", "/replicas_status", "/"):
        assert ask(server, "GET", path).body == b"Ok.\n"
    assert ask(server, "GET", "/nothing").status == 404


def test_the_headers_of_an_answer(server: StoreServer) -> None:
    answer = post(server, "SELECT number FROM numbers(3)", query_id="mine", default_format="JSONEachRow")
    assert answer.body == b'{"number":0}\n{"number":1}\n{"number":2}\n'
    assert answer.headers["X-ClickHouse-Query-Id"] == "mine"
    assert answer.headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert answer.headers["X-ClickHouse-Timezone"]
    assert answer.headers["Content-Type"].startswith("application/json")
    summary = json.loads(answer.headers["X-ClickHouse-Summary"])
    assert (summary["result_rows"], summary["result_bytes"]) == ("3", str(len(answer.body)))


def test_a_statement_without_a_result_has_no_format(server: StoreServer) -> None:
    answer = post(server, "CREATE TABLE IF NOT EXISTS default.made (a UInt8) ENGINE = Memory")
    assert (answer.status, answer.body, answer.headers["X-ClickHouse-Format"]) == (200, b"", None)


def test_the_format_of_the_statement_wins(server: StoreServer) -> None:
    assert post(server, "SELECT 1 AS a FORMAT CSVWithNames", default_format="JSON").body == b'"a"\n1\n'
    by_header = ask(server, "POST", "/", b"SELECT 1 AS a", X_ClickHouse_Format="JSONEachRow")
    assert by_header.body == b'{"a":1}\n'


def test_the_database_comes_from_the_address_or_a_header(server: StoreServer) -> None:
    assert post(server, "SELECT currentDatabase()").body == b"default\n"
    assert post(server, "SELECT currentDatabase()", database="system").body == b"system\n"
    by_header = ask(server, "POST", "/", b"SELECT currentDatabase()", X_ClickHouse_Database="system")
    assert by_header.body == b"system\n"
    assert post(server, "SELECT 1", database="nowhere").status == 404


def test_get_only_reads(server: StoreServer) -> None:
    assert ask(server, "GET", "/?query=" + quote("SELECT 1")).body == b"1\n"
    for path in ("", "&session_id=reading"):
        for sql in ("INSERT INTO labels (entity_id) VALUES ('x')", "DROP DATABASE stillwatch", "CREATE DATABASE d"):
            answer = ask(server, "GET", f"/?query={quote(sql)}&database=stillwatch{path}")
            assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (500, "164"), sql
    assert post(server, "DROP DATABASE stillwatch", readonly="1").headers["X-ClickHouse-Exception-Code"] == "164"


def test_the_statement_may_be_in_the_address_and_its_data_in_the_body(server: StoreServer, table: str) -> None:
    answer = post(server, b"1,one\n2,two;\n", query=f"INSERT INTO {table} (a, b) FORMAT CSV")
    assert (answer.status, json.loads(answer.headers["X-ClickHouse-Summary"])["written_rows"]) == (200, "2")
    packed = ask(
        server,
        "POST",
        "/?query=" + quote(f"INSERT INTO {table} (a, b) FORMAT JSONEachRow"),
        gzip.compress(b'{"a":3,"b":"three"}'),
        Content_Encoding="gzip",
    )
    assert packed.status == 200
    assert post(server, f"SELECT a, b FROM {table} ORDER BY a").body == b"1\tone\n2\ttwo;\n3\tthree\n"


@pytest.mark.parametrize(
    ("sql", "fields", "status", "code"),
    [
        ("SELECT 1; SELECT 2", {}, 400, "62"),
        ("SELECT 1 INTO OUTFILE '/tmp/never'", {}, 501, "48"),
        ("INSERT INTO labels FROM INFILE '/etc/hostname' FORMAT CSV", {}, 501, "48"),
        ("SELECT 1", {"compress": "1"}, 501, "48"),
        ("SELECT 1", {"no such setting": "1"}, 404, "115"),
        ("SELECT 1", {"no_such_setting": "1"}, 404, "115"),
    ],
)
def test_what_it_does_not_do_is_refused_in_words(
    server: StoreServer, sql: str, fields: dict[str, str], status: int, code: str
) -> None:
    answer = post(server, sql, **fields)
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert answer.body.startswith(f"Code: {code}. DB::Exception: ".encode())


def test_a_body_that_is_not_what_it_says_is_refused(server: StoreServer) -> None:
    for encoding in ("gzip", "br"):
        answer = ask(server, "POST", "/", b"SELECT 1", Content_Encoding=encoding)
        assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (400, "271")


def test_a_body_has_a_bound(server: StoreServer, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(b"SELECT '" + b"x" * 100_000 + b"'")
    monkeypatch.setattr("streams.store.endpoint.MAX_BODY_BYTES", 50_000)
    answer = ask(server, "POST", "/", packed, Content_Encoding="gzip")
    assert answer.status == 400
    assert b"more than 50,000 bytes" in answer.body


def test_pages_of_other_origins_are_refused(server: StoreServer) -> None:
    answer = ask(server, "POST", "/", b"SELECT 1", Origin="https://page.example")
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (403, "497")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(server: StoreServer) -> None:
    def curl(*arguments: str) -> bytes:
        return subprocess.run(["curl", "-sS", "--compressed", *arguments], capture_output=True, check=True).stdout

    assert curl(server.url + "/ping") == b"Ok.\n"
    assert curl(server.url + "/?query=SELECT+1") == b"1\n"
    assert curl(server.url, "-d", "SELECT 'a=b&c', 2") == b"a=b&c\t2\n"
    assert curl("-g", server.url + "/?param_x=7&query=SELECT+{x:UInt8}") == b"7\n"
    assert curl(server.url, "-F", "query=SELECT {x:UInt8}", "-F", "param_x=8") == b"8\n"
    assert b"X-ClickHouse-Format: TabSeparated" in curl("-I", server.url + "/?query=SELECT+1")
    assert curl("-u", "kim:pw", server.url, "-d", "SELECT 1") == b"1\n"
    # A file in the form would be external data.
    assert b"(NOT_IMPLEMENTED)" in curl(server.url, "-F", "query=SELECT 1", "-F", "t=@/etc/hostname")
