"""One worker against the Kafka and the ClickHouse of the settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from clickhouse_connect.driver.client import Client

from streams.agents.metrics_server import metrics_served
from streams.agents.warmup import warm_up
from streams.agents.worker import Worker
from streams.settings import Settings
from streams.sinks.clickhouse import StoreWriter
from streams.sources.reconnecting import Reconnecting
from streams.store.connect import connect

# A server that is silent for this long during a statement of ours hangs: inserts of a block take well below a second.
ANSWER_SECONDS = 30


@asynccontextmanager
async def remote_worker(settings: Settings) -> AsyncIterator[Worker]:
    """Run a worker until the block ends; `stillwatch init` must have made topics and tables."""

    def client() -> Client:
        return connect(settings.clickhouse, answer_seconds=ANSWER_SECONDS)

    with (
        closing(Reconnecting(client)) as labels,
        StoreWriter(
            client,
            insert_rows=settings.insert_rows,
            insert_seconds=settings.insert_seconds,
            patience_seconds=settings.store_patience_seconds,
        ) as writer,
    ):
        # Faust makes the last folder of its path, not those above it.
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(warm_up, settings)
        async with Worker(settings, settings.kafka, writer, labels=labels).running() as worker:
            if settings.metrics_port is None:
                yield worker
                return
            async with metrics_served(worker, settings.metrics_port):
                yield worker
