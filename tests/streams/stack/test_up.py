"""`stillwatch up` while it is fed: ClickHouse's own client and curl take it for a ClickHouse."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from typing import NamedTuple

import clickhouse_connect
import orjson
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.command import Started, started
from tests.streams.bus.waiting import until

pytestmark = pytest.mark.embedded

# More than `replay` holds back to put lines in order (`streams.sources.lines.REORDERED`).
FIRST, EVENTS = 13_000, 14_000


class Up(NamedTuple):
    """What runs, and where it answers."""

    command: Started
    kafka: str
    port: int


def events(first: int, last: int) -> bytes:
    common = {"model": "m", "input_tokens": 7, "output_tokens": 3}
    return b"".join(
        orjson.dumps(common | {"event_id": f"e{n}", "ts": 1_790_000_000_000 + 1_000 * n, "account_id": f"a{n % 40}"})
        + b"\n"
        for n in range(first, last)
    )


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("up")
    with started(folder, "up", data_dir=str(folder / "data"), http_port="0", partitions="2") as command:
        port = int(command.wait_for("ClickHouse").rpartition(":")[2])
        kafka = command.wait_for("  Kafka").split()[-1]
        yield Up(command, kafka, port)
        command.process.send_signal(signal.SIGTERM)
        assert command.ends() == 0, command.said


@pytest.fixture(scope="module")
def client(up: Up) -> Iterator[Client]:
    with clickhouse_connect.get_client(host="127.0.0.1", port=up.port) as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def feeding(up: Up, client: Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Some events are there and others are to come while the tests run; in the end all are."""
    with started(tmp_path_factory.mktemp("replay"), "replay", "-", kafka=up.kafka) as replay:
        assert replay.process.stdin is not None
        replay.process.stdin.write(events(0, FIRST))
        replay.process.stdin.flush()
        until(lambda: stored(client) > 0, "the first events arrive while others are to come")
        yield
        replay.process.stdin.write(events(FIRST, EVENTS))
        replay.process.stdin.close()
        assert replay.ends() == 0, replay.said
        until(lambda: stored(client) == EVENTS, "all events arrive", seconds=60)


def stored(client: Client) -> int:
    return int(client.command("SELECT uniqExact(event_id) FROM stillwatch.api_events"))


def test_it_answers_queries_with_types(client: Client):
    result = client.query(
        "SELECT account_id, count() AS n, min(ts) AS t FROM stillwatch.api_events GROUP BY account_id"
    )
    assert result.column_names == ("account_id", "n", "t")
    assert 0 < len(result.result_rows) <= 40
    assert all(isinstance(n, int) and t.year == 2026 for _, n, t in result.result_rows)


@pytest.mark.parametrize("value", ["it's", 'a "b" \\ c', "", "多", "'; DROP TABLE stillwatch.labels --"])
def test_parameters_are_bound_on_the_server_and_in_the_client(client: Client, value: str):
    assert client.query("SELECT {v:String} AS v", parameters={"v": value}).result_rows == [(value,)]
    assert client.query("SELECT %(v)s AS v", parameters={"v": value}).result_rows == [(value,)]


def test_it_takes_inserts(client: Client):
    names = ["entity_type", "entity_id", "verdict", "analyst", "note"]
    rows = [["link", f"l{n}", "benign", "kim", "a 'school'\n, in two lines"] for n in range(500)]
    client.insert("stillwatch.labels", rows, column_names=names)
    counted = client.query("SELECT count(), any(note) FROM stillwatch.labels WHERE entity_id LIKE 'l%'").first_row
    assert counted == (500, "a 'school'\n, in two lines")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT nothing FROM stillwatch.api_events", "UNKNOWN_IDENTIFIER"),
        ("SELECT 1 FROM stillwatch.none", "UNKNOWN_TABLE"),
        ("SELEC 1", "SYNTAX_ERROR"),
        ("SELECT throwIf(number = 3, 'stop here') FROM numbers(10)", "stop here"),
    ],
)
def test_errors_are_those_of_clickhouse(client: Client, sql: str, words: str):
    with pytest.raises(DatabaseError, match=words):
        client.query(sql)
    assert client.command("SELECT 1") == 1


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on PATH")
def test_curl_asks_and_inserts(up: Up):
    def curl(*arguments: str) -> str:
        url = f"http://127.0.0.1:{up.port}/"
        command = ["curl", "--silent", "--show-error", "--max-time", "60", url, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert curl() == "Ok.\n"
    assert curl("--data-binary", "SELECT 40 + 2") == "42\n"
    assert curl("-G", "--data-urlencode", "query=SELECT 1 AS one FORMAT JSONEachRow") == '{"one":1}\n'
    assert curl("-G", "-d", "param_n=41", "--data-urlencode", "query=SELECT {n:UInt8} + 1") == "42\n"
    insert = "INSERT INTO stillwatch.labels (entity_type, entity_id, verdict, analyst, note) VALUES"
    assert curl("--data-binary", f"{insert} ('link', 'curled', 'benign', 'kim', '')") == ""
    assert curl("--data-binary", "SELECT count() FROM stillwatch.labels WHERE entity_id = 'curled'") == "1\n"
    assert "Code: 62" in curl("--data-binary", "SELEC 1")
