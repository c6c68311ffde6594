"""The embedded store for tests. A process holds one engine, so a test module uses one of these fixtures, not both."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from streams.store import migrations
from streams.store.embedded import EmbeddedStore
from streams.store.http import StoreServer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """An empty store."""
    with EmbeddedStore(tmp_path / "store") as opened:
        yield opened


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    """A store with all tables; the tests of a module share it."""
    with EmbeddedStore(tmp_path_factory.mktemp("migrated") / "store") as opened:
        migrations.apply(opened.client(database=None))
        yield opened


@pytest.fixture
def client(migrated: EmbeddedStore) -> Iterator[Client]:
    """A client of the migrated store."""
    with migrated.client() as opened:
        yield opened


@pytest.fixture(scope="module")
def server(migrated: EmbeddedStore) -> Iterator[StoreServer]:
    """The endpoint of the migrated store, on an event loop of its own thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    serving = StoreServer(migrated)
    try:
        asyncio.run_coroutine_threadsafe(serving.start(), loop).result()
        yield serving
        asyncio.run_coroutine_threadsafe(serving.stop(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
