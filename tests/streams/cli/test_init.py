"""`stillwatch init` on a real broker and a real store."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from confluent_kafka.admin import AdminClient

from streams.bus.broker import EmbeddedBroker
from streams.cli.main import main
from streams.store.http import StoreServer
from streams.topics import LAYOUT

pytestmark = pytest.mark.embedded


def init(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(main, ["init", *arguments], env={"COLUMNS": "200", **environ})


def test_topics_and_tables_are_made_once(server: StoreServer, tmp_path: Path) -> None:
    with EmbeddedBroker() as broker:
        environ = {"STILLWATCH_KAFKA": broker.bootstrap, "STILLWATCH_CLICKHOUSE": server.url}
        first = init(**environ)
        assert first.exit_code == 0, first.output
        assert all(topic.name in first.output for topic in LAYOUT)
        made = AdminClient({"bootstrap.servers": broker.bootstrap}).list_topics(timeout=10).topics
        assert {topic.name for topic in LAYOUT} <= set(made)
        second = init(**environ)
        assert "all were there" in second.output
        assert "all were up to date" in second.output
        # Fewer partitions would spread the accounts anew.
        other = init(**environ, STILLWATCH_PARTITIONS="7")
        assert other.exit_code == 1
        assert "has 4 partitions, wanted 7" in other.output


def test_what_was_done_is_told_when_the_rest_fails() -> None:
    failed = init(STILLWATCH_CLICKHOUSE="clickhouse://kim:hunter2@127.0.0.1:1")
    assert failed.exit_code == 1
    assert "the embedded broker makes them" in failed.output
    assert "Connection refused" in failed.output
    assert "hunter2" not in failed.output


def test_a_clickhouse_that_cannot_read_kafka_is_told_what_to_do(server: StoreServer) -> None:
    with EmbeddedBroker() as broker:
        done = init(STILLWATCH_KAFKA=broker.bootstrap, STILLWATCH_CLICKHOUSE=server.url)
    assert done.exit_code == 0
    assert "set STILLWATCH_STORE_EVENTS=true" in done.output
