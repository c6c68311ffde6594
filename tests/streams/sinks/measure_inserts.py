"""What a row costs on its way into ClickHouse, by form: `python -m tests.streams.sinks.measure_inserts [ROWS]`.

`all CPU` is the time of the whole process, so over HTTP it is that of both ends.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
from clickhouse_connect.driver.client import Client

from models.account.decode import decode_columns
from models.event import Event, encode_event
from streams.sinks.blocks import Block, Column, Columns
from streams.sinks.event_lines import json_rows
from streams.sinks.inserts import TableShape, insert
from streams.store import migrations
from streams.store.connect import connect
from streams.store.embedded import EmbeddedStore
from streams.store.http import StoreServer
from tests.streams.sinks.made_events import START_MS, made_events

REPEATS = 5


def measure(name: str, work: Callable[[], object], n: int) -> None:
    """Print the best of several runs, in microseconds a row."""
    best = (float("inf"), float("inf"))
    for _ in range(REPEATS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        best = min(best, (time.perf_counter() - wall, time.process_time() - cpu))
    print(f"{name:55s} wall {best[0] / n * 1e6:6.2f}   all CPU {best[1] / n * 1e6:6.2f}")  # noqa: T201


def columns_of(events: list[Event]) -> dict[str, Column]:
    """Return events as columns."""
    columns = zip(*map(msgspec.structs.astuple, events), strict=True)
    return dict(zip(Event.__struct_fields__, columns, strict=True))


def block_of(table: str, columns: Columns | bytes, n: int) -> Block:
    """Return one block."""
    block = Block(table, () if isinstance(columns, bytes) else tuple(columns), f"{time.time_ns()}", 0.0)
    block.add(columns, n)
    return block


def windows(n: int) -> Columns:
    """Return `account_windows` as the agents make them: mostly arrays."""
    chance = np.random.default_rng(1)
    counts = (
        "events",
        "one_shot",
        "refused",
        "errors",
        "input_tokens",
        "output_tokens",
        "cached_tokens",
        "total_events",
    )
    shares = ("top_template_share", "log_gap_mean", "log_gap_sd")
    return {
        "account_id": [f"acct-{i:012x}" for i in range(n)],
        "window_start": np.full(n, START_MS),
        **{name: chance.integers(0, 1000, n, dtype=np.uint64) for name in counts},
        **{name: chance.random(n, dtype=np.float32) for name in shares},
    }


def as_native(events: list[Event], shape: TableShape) -> Columns:
    """Return columns without None where the column takes none, as Native and Arrow want them."""
    columns = columns_of(events)
    for name, column in columns.items():
        if not shape.types[name].nullable and None in column:
            columns[name] = ["" if value is None else value for value in column]
    return columns


def compare(client: Client, n: int, where: str) -> None:
    """Measure every form on one client."""
    events = made_events(n)
    shape = TableShape.of(client, "api_events")
    messages = [encode_event(event) for event in events]
    measure(
        f"{where}: api_events as JSONEachRow (messages given)",
        lambda: insert(client, shape, block_of("api_events", json_rows(decode_columns(messages).lines), n)),
        n,
    )
    prepared = as_native(events, shape)
    measure(
        f"{where}: api_events as Native (columns given)",
        lambda: insert(client, shape, block_of("api_events", prepared, n)),
        n,
    )
    table = pa.table(prepared)
    for name in ("ts", "account_created"):
        milliseconds = table[name].cast(pa.timestamp("ms", "UTC"))
        table = table.set_column(table.schema.get_field_index(name), name, milliseconds)
    measure(
        f"{where}: api_events as Arrow (table given)",
        lambda: client.insert_arrow("api_events", table, database="stillwatch"),
        n,
    )
    numbers = windows(n)
    account_windows = TableShape.of(client, "account_windows")
    measure(
        f"{where}: account_windows as Native",
        lambda: insert(client, account_windows, block_of("account_windows", numbers, n)),
        n,
    )


def own_work(n: int) -> None:
    """Measure what Python does under the GIL, without any insert."""
    events = made_events(n)
    measure("python: events to columns", lambda: columns_of(events), n)
    columns = columns_of(events)
    measure("python: columns to JSON", lambda: msgspec.json.encode(columns), n)
    measure("python: columns to Arrow", lambda: pa.table(columns), n)


async def main(n: int) -> None:
    """Measure both ways into the engine."""
    own_work(n)
    with tempfile.TemporaryDirectory() as directory, EmbeddedStore(Path(directory) / "store") as store:
        client = store.client()
        migrations.apply(client)
        client.command("SYSTEM STOP MERGES")  # they would be counted with whatever runs beside them
        compare(client, n, "in process")
        async with StoreServer(store) as server:
            await asyncio.to_thread(lambda: compare(connect(server.url), n, "over HTTP"))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
