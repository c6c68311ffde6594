"""A client for whatever somebody names as the store: a directory, a URL, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clickhouse_connect.driver.client import Client

from streams.settings import Settings
from streams.store import owner
from streams.store.connect import connect
from streams.store.embedded import EmbeddedStore
from streams.store.errors import StoreBusyError


def store_directory(settings: Settings) -> Path:
    """Return the directory of the embedded store of `up`."""
    return settings.data_dir / "store"


def store_of(settings: Settings) -> str:
    """Return what the settings say: a DSN, or the directory of the embedded store."""
    return str(store_directory(settings)) if settings.clickhouse_embedded else settings.clickhouse


@contextmanager
def open_store(store: str) -> Iterator[Client]:
    """Give a client for the store until the block ends.

    Args:
        store: A DSN or URL, or a directory: the store itself, or what `detect --out` wrote. Where another process owns
            the directory and answers for it, that one is asked.

    Raises:
        StoreBusyError: Another process owns the directory and answers nowhere.
        StoreError: There is no store, or nobody answers.
    """
    if "://" in store:
        yield from _closing(connect(store))
        return
    path = Path(store).expanduser()
    if not owner.is_store(path) and owner.is_store(path / "store"):
        path = path / "store"
    try:
        embedded = EmbeddedStore(path, create=False)
    except StoreBusyError as busy:
        if busy.url is None:
            raise
        yield from _closing(connect(_as_operator(busy.url, busy.key)))
        return
    with embedded:
        yield embedded.client()


def _closing(client: Client) -> Iterator[Client]:
    try:
        yield client
    finally:
        client.close()


def _as_operator(url: str, key: str) -> str:
    """Return the DSN of whoever could read the key, and so is the owner's user.

    The certificate is not looked at: it is of the names that others use, and who answers there is this machine.
    """
    scheme, _, rest = url.partition("://")
    return f"{scheme}://operator:{key}@{rest}{'?verify=false' if scheme == 'https' else ''}" if key else url
