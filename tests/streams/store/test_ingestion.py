"""What ClickHouse makes of the topic is what workers make of it. The queue is a table in memory, the rest as it is."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from models.event import Event
from streams.settings import Settings
from streams.sinks.clickhouse import StoreWriter
from streams.store import ingestion, migrations
from streams.store.embedded import EmbeddedStore
from tests.models.streams_of import START, Maker
from tests.streams.sinks.made_events import text_of

pytestmark = pytest.mark.embedded
SETTINGS = Settings(kafka="kafka-1:9092,kafka-2:9092", clickhouse="clickhouse://ch/stillwatch", topic_prefix="eu.")
CONTENT = "SELECT * EXCEPT (written_at) FROM api_events ORDER BY event_id"


def events() -> list[Event]:
    maker = Maker(seed=3)
    full = {
        "org_id": "o", "key_id": "k", "session_id": "s", "end_user_id": "u", "endpoint": "batch", "status": 429,
        "refused": True, "stop_reason": "length", "cached_tokens": 3, "reasoning_tokens": 4, "max_tokens": 0,
        "temperature": 0.5, "samples": 2, "turn": 3, "tools": 1, "latency_ms": 12.5, "plan": "pro",
        "plan_tokens_per_day": 0, "account_created": START - 1, "client": "c", "ip": "i", "asn": 0, "ip_type": "vpn",
        "tls": "t", "payment": "p", "signup": "g", "signals": ["cot_elicitation"], "capability": "coding",
        "reasoning_in": ["r1", "r2"], "reasoning_out": "r3",
    }  # fmt: skip
    return [maker.event("plain", START + 1), maker.event("full", START + 2, **full), *maker.person("person", 1, 20)]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with EmbeddedStore(tmp_path / "store") as store:
        migrations.apply(store.client(database=None))
        client = store.client()
        queue, ingest = ingestion.statements(SETTINGS)
        queue = re.sub(r"ENGINE = Kafka\nSETTINGS.*?\nCOMMENT", "ENGINE = Memory\nCOMMENT", queue, flags=re.DOTALL)
        queue = queue.replace("    reasoning_out String", "    _error String COMMENT '',\n    reasoning_out String")
        client.command(queue)
        client.command(ingest)
        yield client


def feed(client: Client, lines: list[bytes]) -> None:
    client.raw_insert("api_events_queue", insert_block=b"\n".join(lines), fmt="JSONEachRow")


async def test_both_ways_give_the_same_rows(client: Client) -> None:
    some = events()
    feed(client, [msgspec.json.encode(event) for event in some])
    by_clickhouse = client.query(CONTENT).result_rows
    client.command("TRUNCATE TABLE api_events")
    with StoreWriter(lambda: client) as writer:
        writer.write_text("api_events", text_of(some), len(some))
        await writer.flush()
        by_workers = client.query(CONTENT).result_rows
    assert len(by_workers) == len(some)
    assert by_clickhouse == by_workers


def test_what_breaks_the_contract_is_left_out(client: Client) -> None:
    good = msgspec.json.encode(events()[0])
    bad = [
        b'{"event_id":"b","ts":1,"account_id":"","model":"m"}',
        b'{"event_id":"c","ts":1,"account_id":"a","model":"m","templates":["xyz"]}',
    ]
    feed(client, [good, *bad])
    assert client.query("SELECT account_id FROM api_events").result_rows == [("plain",)]


def test_the_queue_names_the_brokers_the_topic_and_a_group_of_its_own(client: Client) -> None:
    queue, ingest = ingestion.statements(SETTINGS)
    for line in (
        "kafka_broker_list = 'kafka-1:9092,kafka-2:9092'",
        "kafka_topic_list = 'eu.api-events'",
        "kafka_group_name = 'stillwatch-clickhouse'",
    ):
        assert line in queue
    for sql in (queue, ingest, *ingestion.statements(SETTINGS, cluster="main")):
        client.query("SELECT formatQuery({sql:String})", parameters={"sql": sql})
    assert all("ON CLUSTER 'main'" in sql for sql in ingestion.statements(SETTINGS, cluster="main"))
