"""The embedded stack: a broker, a store and a worker on this machine, started together and stopped together.

The code paths are those of production; only the endpoints differ. Where the settings name a Kafka cluster, that one is
used and no broker is started.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from clickhouse_connect.driver.client import Client
from msgspec.structs import replace

from streams import topics
from streams.agents.warmup import warm_up
from streams.agents.worker import Worker
from streams.bus.admin import create_topics
from streams.bus.broker import EmbeddedBroker
from streams.settings import Settings
from streams.sinks.clickhouse import StoreWriter
from streams.sources.labels import LabelSource
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
async def local_stack(settings: Settings, directory: Path, *, labels: bool = False) -> AsyncIterator[LocalStack]:
    """Run the stack until the block ends; the store stays in `directory`, the rest leaves nothing on this machine.

    Args:
        settings: `kafka` may name a running cluster; the topics and the group of the settings are used there.
        directory: Of the store.
        labels: Whether to look for what analysts say in it.
    """
    async with AsyncExitStack() as stack:
        bootstrap = settings.kafka
        if settings.kafka_embedded:
            bootstrap = (await stack.enter_async_context(EmbeddedBroker())).bootstrap
        await asyncio.to_thread(
            create_topics, bootstrap, settings.partitions, layout=topics.layout(settings.topic_prefix)
        )
        store = stack.enter_context(EmbeddedStore(directory))
        client = store.client()
        migrations.apply(client)
        await asyncio.to_thread(warm_up, settings)
        writer = stack.enter_context(
            StoreWriter(store.client, insert_rows=settings.insert_rows, insert_seconds=settings.insert_seconds)
        )
        # Its tables end with it: what it knows is in memory, and in the store.
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="stillwatch-worker-"))
        worker = Worker(
            replace(settings, data_dir=Path(scratch)),
            bootstrap,
            writer,
            alone=settings.kafka_embedded,
            labels=LabelSource(store.client) if labels else None,
        )
        await stack.enter_async_context(worker.running())
        yield LocalStack(bootstrap, store, client, worker)
