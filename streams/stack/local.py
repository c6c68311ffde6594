"""The embedded stack: a broker, a store and a worker on this machine, started together and stopped together.

The code paths are those of production; only the endpoints differ. Where the settings name a Kafka cluster, that one is
used and no broker is started.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from clickhouse_connect.driver.client import Client
from msgspec.structs import replace

from streams import topics
from streams.agents.warmup import warm_up
from streams.agents.worker import Worker
from streams.bus.admin import create_topics
from streams.bus.broker import EmbeddedBroker
from streams.bus.connection import Brokers, brokers_of
from streams.settings import Settings
from streams.sinks.clickhouse import StoreWriter
from streams.sources.reconnecting import Reconnecting
from streams.store import migrations, retention
from streams.store.embedded import EmbeddedStore


@dataclass(frozen=True, slots=True)
class LocalStack:
    """What runs: Kafka at `bootstrap`, the store with its directory, and one worker."""

    bootstrap: str
    store: EmbeddedStore
    client: Client
    worker: Worker

    @property
    def brokers(self) -> Brokers:
        """How to reach Kafka."""
        return brokers_of(self.worker.settings, self.bootstrap)


@asynccontextmanager
async def local_stack(settings: Settings, directory: Path, *, labels: bool = False) -> AsyncIterator[LocalStack]:
    """Run the stack until the block ends; the store stays in `directory`, the rest leaves nothing on this machine.

    What broker and worker write meanwhile goes to a folder beside the store, its name with `.run` behind it. Where the
    process was killed before it could remove that, the next one on the same store does.

    Args:
        settings: `kafka` may name a running cluster; the topics and the group of the settings are used there.
        directory: Of the store.
        labels: Whether to look for what analysts say in it.
    """
    async with AsyncExitStack() as stack:
        store = stack.enter_context(EmbeddedStore(directory))  # first: whoever owns it owns what lies beside it
        scratch = stack.enter_context(_scratch(directory.with_name(f"{directory.name}.run")))
        bootstrap = settings.kafka
        if settings.kafka_embedded:
            bootstrap = (await stack.enter_async_context(EmbeddedBroker(directory=scratch / "broker"))).bootstrap
        await asyncio.to_thread(
            create_topics,
            brokers_of(settings, bootstrap),
            settings.partitions,
            layout=topics.layout(settings.topic_prefix),
        )
        client = store.client()
        migrations.apply(client)
        retention.apply(client, settings)
        await asyncio.to_thread(warm_up, settings)
        writer = stack.enter_context(
            StoreWriter(
                store.client,
                insert_rows=settings.insert_rows,
                insert_seconds=settings.insert_seconds,
                # The engine is here, but its disk may be full, and what the embedded broker holds would be lost.
                patience_seconds=settings.store_patience_seconds,
            )
        )
        worker = Worker(
            # Its tables end with it: what it knows is in memory, and in the store.
            replace(settings, data_dir=scratch),
            bootstrap,
            writer,
            alone=settings.kafka_embedded,
            labels=Reconnecting(store.client) if labels else None,
        )
        await stack.enter_async_context(worker.running())
        yield LocalStack(bootstrap, store, client, worker)


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    """Give an empty directory that ends with the block."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
