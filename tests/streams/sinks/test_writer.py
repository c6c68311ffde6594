"""Rows reach the real engine: values, acknowledgement, failure, back-pressure; in process and over HTTP."""

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from models.event import MAX_TS, Event
from streams.sinks.blocks import Columns
from streams.sinks.clickhouse import StoreWriter
from streams.store.connect import connect
from streams.store.embedded import EmbeddedStore
from streams.store.errors import StoreError
from streams.store.http import StoreServer
from tests.streams.sinks.made_events import START_MS, made_events, text_of

pytestmark = pytest.mark.embedded

INT64_MAX = 2**63 - 1


@pytest.fixture(params=["in process", "over HTTP", "over HTTP, plain"])
def dial(request: pytest.FixtureRequest, migrated: EmbeddedStore, server: StoreServer) -> Callable[[], Client]:
    """How a writer reaches the store."""
    return {
        "in process": migrated.client,
        "over HTTP": lambda: connect(server.url),
        "over HTTP, plain": lambda: connect(server.url + "?compress=false"),
    }[request.param]


@pytest.fixture(autouse=True)
def _empty(client: Client) -> None:
    for table in ("api_events", "account_windows", "campaigns", "labels"):
        client.command(f"TRUNCATE TABLE {table}")


def count(client: Client, table: str) -> int:
    return int(client.query(f"SELECT count() FROM {table}").first_row[0])


def label(number: int = 1) -> dict[str, list[Any]]:
    return {"entity_type": ["link"] * number, "entity_id": ["x"] * number, "verdict": ["benign"] * number}


async def test_events_arrive_as_they_were(dial: Callable[[], Client], client: Client) -> None:
    events = made_events(500)
    with StoreWriter(dial) as writer:
        for start in range(0, 500, 100):
            writer.write_text("api_events", text_of(events[start : start + 100]), 100)
        await writer.flush()
        assert (writer.metrics.rows["api_events"], writer.metrics.blocks["api_events"]) == (500, 1)
    kept = client.query(
        "SELECT event_id, toUnixTimestamp64Milli(ts), account_id, model, input_tokens, output_tokens, org_id,"
        " templates, content, signals, latency_ms, toUnixTimestamp64Milli(account_created)"
        " FROM api_events FINAL ORDER BY ts",
        column_formats={"templates": "string"},
    ).result_rows
    assert len(kept) == len(events)
    for row, event in zip(kept, events, strict=True):
        assert row[:7] == (
            event.event_id,
            event.ts,
            event.account_id,
            event.model,
            event.input_tokens,
            event.output_tokens,
            event.org_id,
        )
        assert [key.decode() if isinstance(key, bytes) else key for key in row[7]] == list(event.templates)
        assert (row[8], tuple(row[9])) == (event.content, event.signals)
        assert math.isclose(row[10], event.latency_ms or 0.0, rel_tol=1e-6)
        assert row[11] == event.account_created


EXTREMES = {
    "nothing but what is required": Event(
        event_id="e", ts=0, account_id="a", model="m", input_tokens=0, output_tokens=0
    ),
    "everything at its limit": Event(
        event_id="e" * 64,
        ts=MAX_TS,
        account_id="ä" * 128,
        model="\\'\"\n\t\u2028",
        input_tokens=INT64_MAX,
        output_tokens=INT64_MAX,
        max_tokens=INT64_MAX,
        samples=INT64_MAX,
        turn=INT64_MAX,
        tools=INT64_MAX,
        temperature=10.0,
        latency_ms=1e300,
        plan_tokens_per_day=INT64_MAX,
        account_created=MAX_TS,
        asn=INT64_MAX,
        ip_type="unknown",
        templates=("f" * 16,) * 24,
        content=bytes(range(64)),
        signals=("s" * 64,) * 16,
        reasoning_in=("r" * 64,) * 64,
        status=599,
        refused=True,
    ),
}


@pytest.mark.parametrize("event", EXTREMES.values(), ids=EXTREMES)
async def test_whatever_the_contract_allows_is_stored(dial: Callable[[], Client], client: Client, event: Event) -> None:
    with StoreWriter(dial) as writer:
        writer.write_text("api_events", text_of([event]), len([event]))
        await writer.flush()
    kept = client.query(
        "SELECT event_id, toUnixTimestamp64Milli(ts), account_id, org_id, model, input_tokens, turn, asn, content,"
        " length(templates), refused FROM api_events"
    )
    assert kept.result_rows == [
        (
            event.event_id,
            event.ts,
            event.account_id,
            event.org_id or event.account_id,
            event.model,
            event.input_tokens,
            event.turn,
            event.asn,
            event.content or bytes(64),
            len(event.templates),
            event.refused,
        )
    ]


async def test_arrays_and_nulls_arrive_as_they_were(dial: Callable[[], Client], client: Client) -> None:
    with StoreWriter(dial) as writer:
        writer.write(
            "account_windows",
            {
                "account_id": ["a", "b"],
                "window_start": np.array([START_MS, START_MS + 1]),
                "events": np.array([1, 2**64 - 1], dtype=np.uint64),
                "window_seconds": np.array([3600, 60], dtype=np.uint16),
                "top_template_share": np.array([0.25, 0.5]),
                "top_template": ["", "0123456789abcdef"],
            },
        )
        writer.write(
            "campaigns",
            {
                "campaign_id": ["c", "d"],
                "first_ts": [START_MS, START_MS],
                "first_alert_ts": [None, START_MS + 1],
                "events_at_first_alert": [None, 7],
                "merged_into": ["d", None],
                "detections": [["x", "y"], []],
            },
        )
        await writer.flush()
    windows = client.query(
        "SELECT account_id, toUnixTimestamp64Milli(window_start), events, window_seconds, top_template_share,"
        " top_template FROM account_windows ORDER BY account_id"
    )
    assert windows.result_rows == [
        ("a", START_MS, 1, 3600, 0.25, ""),
        ("b", START_MS + 1, 2**64 - 1, 60, 0.5, "0123456789abcdef"),
    ]
    campaigns = client.query(
        "SELECT campaign_id, toUnixTimestamp64Milli(first_alert_ts), events_at_first_alert, merged_into, detections"
        " FROM campaigns ORDER BY campaign_id"
    )
    assert campaigns.result_rows == [("c", None, None, "d", ["x", "y"]), ("d", START_MS + 1, 7, None, [])]


async def test_the_same_block_twice_is_stored_once(dial: Callable[[], Client], client: Client) -> None:
    token = str(uuid4())
    with StoreWriter(dial) as writer:
        for number in (1, 2):
            writer.write("campaigns", {"campaign_id": [f"attempt {number}"]}, token=token)
            await writer.flush()
        assert client.query("SELECT campaign_id FROM campaigns").result_rows == [("attempt 1",)]
        writer.write("campaigns", {"campaign_id": ["another"]})
        await writer.flush()
    assert count(client, "campaigns") == 2


async def test_a_replay_in_other_blocks_changes_nothing(dial: Callable[[], Client], client: Client) -> None:
    events = made_events(300)
    for size in (300, 70):
        with StoreWriter(dial, insert_rows=size) as writer:
            for start in range(0, 300, size):
                writer.write_text(
                    "api_events", text_of(events[start : start + size]), len(events[start : start + size])
                )
            await writer.flush()
        digest = client.query("SELECT count(), groupBitXor(cityHash64(* EXCEPT (written_at))) FROM api_events FINAL")
        if size == 300:
            first = digest.result_rows
    assert digest.result_rows == first
    assert first[0][0] == 300


async def test_events_of_many_months_go_in_one_block(client: Client, migrated: EmbeddedStore) -> None:
    month = 31 * 86_400_000
    events = [
        Event(event_id=str(at), ts=at * month, account_id="a", model="m", input_tokens=0, output_tokens=0)
        for at in range(150)
    ]
    with StoreWriter(migrated.client) as writer:
        writer.write_text("api_events", text_of(events), len(events))
        await writer.flush()
    assert count(client, "api_events") == 150


async def test_rows_leave_by_age_without_a_flush(client: Client, migrated: EmbeddedStore) -> None:
    with StoreWriter(migrated.client, insert_seconds=0.01) as writer:
        writer.write("labels", label())
        await asyncio.to_thread(writer._queue.wait_for_room, INT64_MAX)
        assert count(client, "labels") == 1


def test_a_question_is_answered_after_what_was_written_before(client: Client, migrated: EmbeddedStore) -> None:
    with StoreWriter(migrated.client) as writer:
        writer.write("labels", label(3))
        assert writer.ask(lambda asked: count(asked, "labels")) == 3
        with pytest.raises(ClickHouseError, match="UNKNOWN_TABLE"):
            writer.ask(lambda asked: count(asked, "lables"))
        writer.write("labels", label())
    assert count(client, "labels") == 4, "a question that fails ends nothing"
    with pytest.raises(CancelledError):
        writer.ask(lambda asked: count(asked, "labels"))  # as a worker that is stopped while it recovers


def test_leaving_in_order_writes_what_is_left(client: Client, migrated: EmbeddedStore) -> None:
    with StoreWriter(migrated.client) as writer:
        writer.write("labels", label())
    assert count(client, "labels") == 1


def test_leaving_with_an_exception_drops_it(client: Client, migrated: EmbeddedStore) -> None:
    def leave() -> None:
        with StoreWriter(migrated.client) as writer:
            writer.write("labels", label())
            raise KeyError

    with pytest.raises(KeyError):
        leave()
    assert count(client, "labels") == 0


async def store_all(dial: Callable[[], Client], table: str, *blocks: Columns) -> None:
    with StoreWriter(dial) as writer:
        for block in blocks:
            writer.write(table, block, token=str(uuid4()))
        await writer.flush()


async def test_a_failed_insert_reaches_flush_and_every_later_write(dial: Callable[[], Client], client: Client) -> None:
    def refused() -> pytest.RaisesExc[ClickHouseError]:
        return pytest.raises(ClickHouseError, match="entity_id_is_given")

    async def work() -> None:
        with StoreWriter(dial) as writer:
            writer.write("labels", label() | {"entity_id": [""]})
            with refused():
                await writer.flush()
            with refused():
                writer.write("labels", label())
            assert (writer.metrics.failures, writer.pending_rows) == (1, 0)

    with refused():
        await work()
    assert count(client, "labels") == 0


async def test_nothing_is_written_behind_a_failure(client: Client, migrated: EmbeddedStore) -> None:
    with pytest.raises(ClickHouseError):
        await store_all(migrated.client, "labels", label() | {"entity_id": [""]}, label())
    assert count(client, "labels") == 0


async def test_a_wrong_column_is_named(migrated: EmbeddedStore) -> None:
    with pytest.raises(ValueError, match=r"stillwatch\.labels has no column verdikt; it has id, entity_type"):
        await store_all(migrated.client, "labels", {"entity_id": ["x"], "verdikt": ["benign"]})


async def test_a_table_that_does_not_exist_is_named(migrated: EmbeddedStore) -> None:
    with pytest.raises(ClickHouseError, match="UNKNOWN_TABLE"):
        await store_all(migrated.client, "lables", label())


async def test_a_value_that_does_not_fit_is_named(dial: Callable[[], Client]) -> None:
    with pytest.raises(ClickHouseError, match="`ips`"):
        await store_all(dial, "account_windows", {"account_id": ["a"], "ips": np.array([70_000])})


def test_lengths_are_checked_where_the_mistake_is(migrated: EmbeddedStore) -> None:
    with StoreWriter(migrated.client) as writer, pytest.raises(ValueError, match="of one length"):
        writer.write("labels", {"entity_id": ["x"], "verdict": []})


async def test_no_rows_are_no_insert(migrated: EmbeddedStore) -> None:
    with StoreWriter(migrated.client) as writer:
        writer.write("labels", {"entity_id": [], "verdict": []})
        await writer.flush()
        assert not writer.metrics.blocks


async def test_memory_is_bounded(client: Client, migrated: EmbeddedStore) -> None:
    most = 0
    with StoreWriter(migrated.client, insert_rows=50, max_pending_rows=200) as writer:
        for _ in range(100):
            await writer.room()
            writer.write("labels", label(50))
            most = max(most, writer.pending_rows)
        assert writer.waits == 0
        for _ in range(100):
            writer.write("labels", label(50))
            most = max(most, writer.pending_rows)
        await writer.flush()
        assert writer.waits > 0
    assert most <= 200
    assert client.query("SELECT count() FROM labels").result_rows == [(10_000,)]


async def test_several_flushes_at_once(client: Client, migrated: EmbeddedStore) -> None:
    async def work(writer: StoreWriter) -> int:
        writer.write("labels", label())
        await writer.flush()
        return count(client, "labels")

    with StoreWriter(migrated.client) as writer:
        seen = await asyncio.gather(*(work(writer) for _ in range(10)))
    assert seen[-1] == 10


def test_a_store_that_is_not_there_is_told_at_once() -> None:
    with pytest.raises(StoreError, match="Connection refused"), StoreWriter(lambda: connect("http://127.0.0.1:1")):
        pass
