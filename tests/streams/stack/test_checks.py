"""The checks say what is, of real brokers and stores."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from streams.bus.admin import create_topics
from streams.bus.apache_kafka import ApacheKafka
from streams.bus.broker import EmbeddedBroker, free_port
from streams.settings import Secret, Settings
from streams.stack import checks
from streams.stack.check import Check, State
from streams.stack.checks import check_all, check_disk, check_embedded_store, check_kafka, check_key
from streams.store import migrations
from streams.store.embedded import EmbeddedStore
from streams.topics import API_EVENTS, LAYOUT, layout
from tests.serving import serving

PARTITIONS = 3


def by_name(found: Iterator[Check]) -> dict[str, Check]:
    return {check.name: check for check in found}


def make_topics(bootstrap: str, partitions: int = PARTITIONS, **cleanup: str) -> None:
    topics = [
        NewTopic(
            topic.name,
            topic.partitions or partitions,
            1,
            config={"cleanup.policy": cleanup.get(topic.name.replace("-", "_"), topic.cleanup)},
        )
        for topic in LAYOUT
    ]
    client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    for made in client.create_topics(topics).values():
        made.result()


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as running:
        yield running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path / "served") as url:
        yield url


def test_the_key_is_counted_not_shown() -> None:
    assert check_key(Settings(sketch_key=Secret("sixteen bytes ok"))) == Check("sketch key", State.OK, "16 bytes")
    assert check_key(Settings()).state is State.NOTE


def test_a_full_disk_or_a_file_in_the_way_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_disk(tmp_path / "not" / "yet" / "made").state is State.OK
    (tmp_path / "file").touch()
    assert check_disk(tmp_path / "file").state is State.FAIL
    monkeypatch.setattr(checks, "MIN_FREE_BYTES", 1 << 60)
    assert check_disk(tmp_path).state is State.FAIL


@pytest.mark.embedded
def test_topics_are_missing_then_there(broker: EmbeddedBroker) -> None:
    settings = Settings(kafka=broker.bootstrap, partitions=PARTITIONS)
    found = by_name(check_kafka(settings))
    assert found["broker"].state is State.OK
    assert (found["topics"].state, found["topics"].advice) == (State.FAIL, "run `stillwatch init`")
    assert API_EVENTS in found["topics"].seen
    make_topics(broker.bootstrap)
    assert by_name(check_kafka(settings))["topics"].state is State.OK


@pytest.mark.embedded
def test_topics_of_another_layout_fail(broker: EmbeddedBroker) -> None:
    make_topics(broker.bootstrap, account_facts="delete")
    topics = by_name(check_kafka(Settings(kafka=broker.bootstrap, partitions=PARTITIONS)))["topics"]
    assert topics.state is State.FAIL
    assert topics.seen == "account-facts has cleanup.policy=delete, not compact"
    topics = by_name(check_kafka(Settings(kafka=broker.bootstrap, partitions=8)))["topics"]
    assert (topics.seen, topics.advice[:14]) == ("api-events has 3 partitions, not 8", "partitions = 3")


@pytest.mark.kafka
def test_topics_dated_by_their_producers_are_noted(kafka_broker: ApacheKafka, unique: Callable[[str], str]) -> None:
    settings = Settings(kafka=kafka_broker.bootstrap, partitions=1, topic_prefix=f"{unique('times')}.")
    topics = layout(settings.topic_prefix)
    admin = AdminClient({"bootstrap.servers": kafka_broker.bootstrap})
    events = topics[0].name
    admin.create_topics([NewTopic(events, 1, 1)])[events].result()
    create_topics(kafka_broker.bootstrap, 1, layout=topics)
    times = by_name(check_kafka(settings))["topic times"]
    assert (times.state, times.seen) == (State.NOTE, f"by their producers' clocks: {events}")
    assert times.advice == "set message.timestamp.type=LogAppendTime"


def test_an_absent_broker_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "KAFKA_SECONDS", 0.5)
    address = f"127.0.0.1:{free_port()}"
    assert [(check.name, check.state) for check in check_kafka(Settings(kafka=address))] == [("broker", State.FAIL)]


@pytest.mark.embedded
def test_an_embedded_store_is_absent_then_empty_then_whole(tmp_path: Path) -> None:
    path = tmp_path / "store"
    assert "not made yet" in by_name(check_embedded_store(path))["store"].seen
    assert not path.exists()
    with EmbeddedStore(path) as store:
        store.client(database=None).command("CREATE DATABASE stillwatch")
    assert by_name(check_embedded_store(path))["tables"].state is State.FAIL
    with EmbeddedStore(path) as store:
        migrations.apply(store.client(database=None))
    assert by_name(check_embedded_store(path))["tables"].state is State.OK


@pytest.mark.embedded
def test_a_server_is_asked_for_tables_and_time(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [(check.name, check.state) for check in checks.check_clickhouse(server)] == [
        ("store", State.OK), ("tables", State.OK), ("store disk", State.OK), ("clock", State.OK),
    ]  # fmt: skip
    monkeypatch.setattr(checks, "MIN_FREE_BYTES", 1 << 60)
    assert by_name(checks.check_clickhouse(server))["store disk"].state is State.FAIL
    now = checks.time.time
    monkeypatch.setattr(checks.time, "time", lambda: now() + 3_600)
    clock = by_name(checks.check_clickhouse(server))["clock"]
    assert (clock.state, clock.advice) == (State.FAIL, "synchronise both by NTP")


@pytest.mark.embedded
def test_a_store_in_use_says_who_has_it(server: str, tmp_path: Path) -> None:
    store = by_name(check_embedded_store(tmp_path / "served"))["store"]
    assert store.state is State.NOTE
    assert str(tmp_path / "served") in store.seen


def test_an_absent_server_fails_without_its_password() -> None:
    (store,) = checks.check_clickhouse(f"clickhouse://me:hunter2@127.0.0.1:{free_port()}")
    assert store.state is State.FAIL
    assert "hunter2" not in str(store)


@pytest.mark.embedded
def test_everything_embedded_is_well(tmp_path: Path) -> None:
    assert {check.state for check in check_all(Settings(data_dir=tmp_path))} == {State.OK, State.NOTE}


@pytest.mark.parametrize("secret", ["hunter2-hunter2", "s3cr3t-of-the-store"])
def test_secrets_are_not_in_what_the_doctor_says(secret: str, tmp_path: Path) -> None:
    environ = {
        "STILLWATCH_KAFKA": "127.0.0.1:1",
        "STILLWATCH_KAFKA_PROTOCOL": "tls",
        "STILLWATCH_KAFKA_MECHANISM": "PLAIN",
        "STILLWATCH_KAFKA_USER": "writer",
        "STILLWATCH_KAFKA_PASSWORD": "hunter2-hunter2",
        "STILLWATCH_CLICKHOUSE": "http://writer:s3cr3t-of-the-store@127.0.0.1:1",
        "STILLWATCH_DATA_DIR": str(tmp_path),
    }
    command = [sys.executable, "-c", "from streams.cli.main import main; main()", "doctor"]
    done = subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stdout
    assert secret not in done.stdout + done.stderr
