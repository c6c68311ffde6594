"""DSNs, and what is said of those that do not work."""

import pytest

from streams.store.connect import connect
from streams.store.errors import StoreError
from streams.store.http import StoreServer

pytestmark = pytest.mark.embedded


def dsn_of(server: StoreServer, scheme: str = "clickhouse", path: str = "", user: str = "") -> str:
    return server.url.replace("http://", f"{scheme}://{user}") + path


@pytest.mark.parametrize("scheme", ["clickhouse", "http"])
def test_unqualified_names_are_those_of_stillwatch(server: StoreServer, scheme: str) -> None:
    with connect(dsn_of(server, scheme)) as client:
        assert client.query("SELECT currentDatabase(), count() FROM campaigns").result_rows == [("stillwatch", 0)]


def test_the_database_of_the_dsn_is_used(server: StoreServer) -> None:
    with connect(dsn_of(server, path="/system?compress=false")) as client:
        assert client.query("SELECT currentDatabase() FROM one").result_rows == [("system",)]


def test_a_database_that_does_not_exist_yet_is_no_obstacle(server: StoreServer) -> None:
    with connect(dsn_of(server, path="/nowhere"), use_database=False) as client:
        assert client.command("SELECT 1") == 1


def test_user_and_password_are_accepted(server: StoreServer) -> None:
    with connect(dsn_of(server, user="kim:p%40ss@")) as client:
        assert client.ping()


@pytest.mark.parametrize(
    ("dsn", "message"),
    [
        ("clickhouse://kim:hunter2@127.0.0.1:1/stillwatch", "Connection refused"),
        ("clickhouse://kim:hunter2@127.0.0.1:1/?secure=true", "Connection refused"),
        ("clickhouse://kim:hun/ter2@127.0.0.1:1/stillwatch", "percent-encode what is special in the password"),
        ("clickhouse://kim:hunter2@127.0.0.1:http/stillwatch", "give the port as a number"),
        ("clickhouse://kim:hunter2@127.0.0.1:1/?connect_timeout=hunter2", "connect_timeout"),
        ("clickhouse://kim:hunter2@127.0.0.1:1/?nonsense=1", "nonsense"),
        ("postgres://kim:hunter2@127.0.0.1:1/stillwatch", "use one of clickhouse://"),
    ],
)
def test_errors_say_what_is_wrong_and_keep_the_password(dsn: str, message: str) -> None:
    with pytest.raises(StoreError) as failed:
        connect(dsn)
    assert message in str(failed.value)
    assert "hun" not in str(failed.value)
    # Nor may it show in a traceback.
    assert failed.value.__context__ is None or failed.value.__suppress_context__
