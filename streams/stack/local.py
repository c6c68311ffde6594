"""The embedded stack: a broker, a store and a worker on this machine, started together and stopped together.

The code paths are those of production; only the endpoints differ. Where the settings name a Kafka cluster or a
ClickHouse, that one is used and nothing is started in its place.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from clickhouse_connect.driver.client import Client

from streams.agents.worker import Worker
from streams.bus.admin import create_topics
from streams.bus.broker import EmbeddedBroker
from streams.settings import Settings
from streams.sinks.clickhouse import StoreWriter
from streams.store import migrations
from streams.store.embedded import EmbeddedStore


@dataclass(frozen=True, slots=True)
class LocalStack:
    """What runs: Kafka at `bootstrap`, the store with its directory, and one worker."""

    bootstrap: str
    store: EmbeddedStore
    client: Client
    worker: Worker


@asynccontextmanager
async def local_stack(settings: Settings, directory: Path) -> AsyncIterator[LocalStack]:
    """Run the stack until the block ends; the store stays in `directory`, the broker leaves nothing.

    Args:
        settings: `kafka` may name a running cluster; its topics must be empty or absent.
        directory: Of the store.
    """
    async with AsyncExitStack() as stack:
        bootstrap = settings.kafka
        if settings.kafka_embedded:
            bootstrap = (await stack.enter_async_context(EmbeddedBroker())).bootstrap
        create_topics(bootstrap, settings.partitions)
        store = stack.enter_context(EmbeddedStore(directory))
        client = store.client()
        migrations.apply(client)
        writer = stack.enter_context(
            StoreWriter(store.client, insert_rows=settings.insert_rows, insert_seconds=settings.insert_seconds)
        )
        worker = await stack.enter_async_context(Worker(settings, bootstrap, writer).running())
        yield LocalStack(bootstrap, store, client, worker)
