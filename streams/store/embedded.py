"""The ClickHouse engine in this process, on a directory of its own (chDB).

What was found out about chDB 4.4 (engine 26.9), and holds in `tests/streams/store/test_embedded.py`:

- A process holds one engine, and an engine one directory; a directory belongs to one process. Two stores side by
  side are two processes.
- Any number of connections to the engine may be open. Each has its own session (`USE`, `SET`, temporary tables),
  costs 0.3 ms to open, and runs one statement at a time. Connections run in parallel on different threads, outside
  the GIL. A client made here serialises its callers with a lock, so sharing one is safe, only slow: give each
  thread its own.
- Importing chDB takes 0.7 s and changes the working directory of the process while it does, so it happens when a
  store is opened, on the thread that opens it.
- Its users, roles and constraints come from a configuration that the first connection names; every connection is that
  one user's, and takes a role off with SET ROLE (`streams.store.rights`).
- Data goes into an INSERT from a file (FROM INFILE), as clickhouse-connect and `streams.store.http` do. Behind the
  statement, a binary block is cut at the first byte that looks like the end of a statement; through `send_insert`, a
  block that a constraint refuses is reported as written.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode
from weakref import WeakSet

from clickhouse_connect import get_client
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from streams.store import owner
from streams.store.connect import DATABASE
from streams.store.errors import StoreError

# Whom the engine lets do what; without it, it has one user that may do everything.
_ACCESS = Path(__file__).parents[2] / "infra" / "clickhouse" / "embedded"
ACCESS = {"config-file": str(_ACCESS / "config.xml"), "users_config": str(_ACCESS / "users.xml")}

if TYPE_CHECKING:
    from chdb.state.sqlitelike import Connection


class EmbeddedStore:
    """Owns the engine and its directory until it is closed.

    Everything else reaches the data through it: `client` in this process, `streams.store.http` in others.

    Attributes:
        path: The directory.
    """

    def __init__(self, path: Path | str, *, create: bool = True) -> None:
        """Open the store at `path`.

        Args:
            path: The directory; only this user can look into it when it is made here.
            create: Whether to make it where it does not exist.

        Raises:
            StoreBusyError: Another process owns the directory.
            StoreError: The directory is no store, this process holds another one, or chDB is not installed.
        """
        self.path = Path(path).resolve()
        self._lock = threading.Lock()
        self._clients: list[Client] = []
        self._connections: WeakSet[Connection] = WeakSet()
        _check_directory(self.path, create=create)
        owner.check_free(self.path)
        # The engine lives as long as one connection is open: this one.
        self._keeper: Connection | None = _open(self.path, ACCESS)

    def client(self, *, database: str | None = DATABASE) -> Client:
        """Return a new client of the engine; it is closed with the store, if not before.

        Args:
            database: Where unqualified names are looked up; None where it may not exist yet.
        """
        self._check_open()
        # As on a server: the engine in a process would take `selec` for a column to select.
        client = get_client(interface="chdb", path=str(self.path), settings={"implicit_select": 0})
        client.database = database
        with self._lock:
            self._clients.append(client)
        return client

    def connection(self, **settings: str | int) -> Connection:
        """Return a new connection to the engine, for bytes in and out; it is closed with the store, if not before.

        Args:
            settings: Settings of the engine for this connection.
        """
        self._check_open()
        connection = _open(self.path, settings)
        with self._lock:
            self._connections.add(connection)
        return connection

    def advertise(self, url: str | None, key: str = "") -> None:
        """Tell other processes at which URL this one answers for the store; None: nowhere any more.

        Args:
            url: The URL.
            key: What makes the caller an operator there: whoever may read the directory may do everything with it.
        """
        if url is None:
            owner.withdraw(self.path)
        else:
            owner.advertise(self.path, url, key)

    def close(self) -> None:
        """Close every client and connection, and let go of the directory; safe to repeat."""
        with self._lock:
            clients, self._clients = self._clients, []
            connections, self._connections = list(self._connections), WeakSet()
            keeper, self._keeper = self._keeper, None
        for client in clients:
            client.close()
        for connection in connections:
            connection.close()
        if keeper is not None:
            self.advertise(None)
            keeper.close()

    def _check_open(self) -> None:
        if self._keeper is None:
            raise StoreError(f"the store {self.path} was closed")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _check_directory(path: Path, *, create: bool) -> None:
    if "?" in str(path):
        raise StoreError(f"the store path {path} holds a '?', where the engine expects options: rename it")
    if create:
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"the store {path} cannot be made: {error.strerror}; choose another path") from None
    elif not owner.is_store(path):
        raise StoreError(f"there is no store at {path}: it is the directory `store` of what `detect` wrote, or of `up`")


def _open(path: Path, settings: Mapping[str, str | int] | None = None) -> Connection:
    try:
        from chdb.state.sqlitelike import Connection  # it takes 0.7 s, see the docstring of the module
    except ImportError:
        raise StoreError(
            "the embedded ClickHouse engine is not installed: install stillwatch[embedded], or set"
            " STILLWATCH_CLICKHOUSE to the DSN of a server"
        ) from None
    try:
        return Connection(f"{path}?{urlencode(settings)}" if settings else str(path))
    except (RuntimeError, ClickHouseError) as error:
        owner.check_free(path)  # another process may have been quicker
        reason = str(error).partition("DB::Exception: ")[2] or str(error)
        raise StoreError(f"the store {path} cannot be opened: {reason}") from None
