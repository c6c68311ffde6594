"""`stillwatch up` where other machines reach it: nobody without the token, and with it what an analyst may."""

from __future__ import annotations

import http.client
import shutil
import signal
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.command import started, stillwatch

pytestmark = pytest.mark.embedded
TOKEN = "only for those who know"
LABEL = "INSERT INTO stillwatch.labels (entity_type, entity_id, verdict, analyst, note) VALUES"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Its port, and its `data_dir`."""
    folder = tmp_path_factory.mktemp("up")
    data = folder / "data"
    settings = {"data_dir": str(data), "http_host": "0.0.0.0", "http_port": "0", "http_token": TOKEN, "partitions": "1"}
    with started(folder, "up", **settings) as command:
        yield int(command.wait_for("ClickHouse").rpartition(":")[2]), data
        command.process.send_signal(signal.SIGTERM)
        assert command.ends() == 0, command.said
        assert TOKEN not in command.said


def test_it_does_not_start_without_a_token(tmp_path: Path) -> None:
    done = stillwatch("up", check=False, data_dir=str(tmp_path), http_host="192.0.2.1")
    assert done.returncode == 2
    assert "http_host = '192.0.2.1' can be reached from other machines, and http_token is not set" in done.stderr
    done = stillwatch("up", check=False, data_dir=str(tmp_path), http_host="192.0.2.1", http_token="short")
    assert "STILLWATCH_HTTP_TOKEN = *** in the environment is not allowed" in done.stderr


def test_clickhouse_connect(up: tuple[int, Path]) -> None:
    where = {"host": "127.0.0.1", "port": up[0]}
    with pytest.raises(DatabaseError, match="AUTHENTICATION_FAILED"):
        clickhouse_connect.get_client(**where)
    with pytest.raises(DatabaseError, match="AUTHENTICATION_FAILED"):
        clickhouse_connect.get_client(**where, username="kim", password=TOKEN[:-1])
    with clickhouse_connect.get_client(**where, username="kim", password=TOKEN) as client:
        assert client.command("SELECT count() FROM stillwatch.campaigns") == 0
        client.command(f"{LABEL} ('account', 'a', 'benign', 'kim', '')")
        client.insert(
            "stillwatch.labels",
            [["account", "b", "benign", "kim", ""]],
            column_names=["entity_type", "entity_id", "verdict", "analyst", "note"],
        )
        assert client.command("SELECT count() FROM stillwatch.labels") == 2
        with pytest.raises(DatabaseError, match="ACCESS_DENIED"):
            client.command("TRUNCATE TABLE stillwatch.labels")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on PATH")
@pytest.mark.parametrize("options", [("--user", f"kim:{TOKEN}"), ("--header", f"X-ClickHouse-Key: {TOKEN}")])
def test_curl(up: tuple[int, Path], options: tuple[str, ...]) -> None:
    def curl(*arguments: str) -> str:
        url = f"http://127.0.0.1:{up[0]}/?query=SELECT+41%2B1"
        command = ["curl", "--silent", "--show-error", "--max-time", "60", url, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert curl(*options) == "42\n"
    assert "Code: 516" in curl()


def test_the_console_asks_a_browser_for_it(up: tuple[int, Path]) -> None:
    def get(path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", up[0])) as connection:
            connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return response.status, response.headers, response.read()

    basic = "Basic " + b64encode(f"kim:{TOKEN}".encode()).decode()
    status, headers, _ = get("/console")
    assert (status, headers["WWW-Authenticate"].startswith("Basic realm=")) == (401, True)
    assert get(f"/console?password={TOKEN.replace(' ', '+')}")[0] == 401, "not from the URL"
    status, _, shown = get("/console", Authorization=basic, Host="stillwatch.example")
    assert (status, b"What is going on" in shown) == (200, True)
    assert get("/console", Authorization=basic, Origin="http://page.example")[0] == 403
    assert get("/console", Authorization=basic, Sec_Fetch_Site="cross-site")[0] == 403
    status, _, shown = get("/console/sql?q=SELECT+file('/etc/hostname')", Authorization=basic)
    assert (status, b"ACCESS_DENIED" in shown) == (400, True)


def test_its_own_user_needs_no_token_and_may_do_everything(up: tuple[int, Path]) -> None:
    def sql(text: str) -> str:
        return stillwatch("sql", text, "--store", up[1] / "store").stdout

    sql("CREATE TABLE stillwatch.mine (a Int8) ENGINE = Memory")
    sql("DROP TABLE stillwatch.mine")
    assert sql("SELECT 42 AS answer") == "answer\n42\n"
