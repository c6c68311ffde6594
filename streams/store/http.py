"""The embedded engine over ClickHouse's HTTP protocol, on this machine only.

What an unmodified clickhouse-connect, its DB-API, curl or Grafana sends is answered as a server would: ping,
queries in any format, parameters, settings, sessions, inserts, errors with their code. Known differences:

- The user is not looked up. Where a password is given to the endpoint, requests have to carry it; otherwise whoever
  can reach the loopback interface of this machine reads and writes, this user's files included (`file(...)` is a
  table function).
- A result is complete before its first byte is sent, and at most 1 GiB (`max_result_bytes`); so there is no error
  in the middle of one, and `wait_end_of_query` is always on. Answers are not compressed: between two processes of
  one machine that is work for nothing, and every client takes them plain.
- External data (files in a form), `compress=1` and `decompress=1`, and files of the server (INFILE, OUTFILE) are
  refused.
- A query goes on when its caller has gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from types import TracebackType
from typing import Self

from aiohttp import web

from streams.store.access import is_loopback
from streams.store.embedded import EmbeddedStore
from streams.store.endpoint import MAX_BODY_BYTES, StoreEndpoint
from streams.store.errors import StoreError
from streams.store.execution import Executor

MAX_URI_BYTES = 1 << 20  # as on a server (http_max_uri_size)
MAX_HEADER_BYTES = 128 << 10  # as on a server (http_max_field_value_size)


class StoreServer:
    """Serves a store from `start` to `stop`; an asynchronous context manager does both.

    Args:
        store: The engine; it stays open when the server stops.
        host: A loopback name or address.
        port: 0 takes any free one.
        password: What a request has to carry; None: nothing.
        routes: What to serve besides, on the same port.

    Raises:
        StoreError: The host is not loopback.
    """

    def __init__(
        self,
        store: EmbeddedStore,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        password: str | None = None,
        routes: Iterable[web.AbstractRouteDef] = (),
    ) -> None:
        if not is_loopback(host):
            raise StoreError(
                f"http_host = {host!r} is not loopback: the endpoint knows no users, so it serves this machine only;"
                " run a ClickHouse server for others"
            )
        self._store = store
        self._host, self._port = host, port
        self._password = password
        self._routes = tuple(routes)
        self._runner: web.AppRunner | None = None
        self._endpoint: StoreEndpoint | None = None

    @property
    def url(self) -> str:
        """Where it answers, once started: `http://host:port`."""
        assert self._runner is not None, "not started"
        host, port = self._runner.addresses[0][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def start(self) -> None:
        """Listen, and tell other processes that open the store's directory where.

        Raises:
            StoreError: The port is taken.
        """
        self._endpoint = _endpoint(self._store, self._password)
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.add_routes([*self._endpoint.routes(), *self._routes])
        self._runner = web.AppRunner(
            app,
            access_log=None,
            # The body is unpacked here, in one place for all encodings.
            auto_decompress=False,
            max_line_size=MAX_URI_BYTES,
            max_field_size=MAX_HEADER_BYTES,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self.stop()
            raise StoreError(
                f"http_port = {self._port} on {self._host} cannot be used: {error.strerror}; choose another, or 0 for"
                " any free one"
            ) from None
        self._store.advertise(self.url)

    async def stop(self) -> None:
        """Stop listening; what runs has two seconds to end. Safe to repeat."""
        runner, self._runner = self._runner, None
        endpoint, self._endpoint = self._endpoint, None
        if runner is None or endpoint is None:
            return
        self._store.advertise(None)
        for site in list(runner.sites):
            await site.stop()
        await endpoint.close()
        await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


def _endpoint(store: EmbeddedStore, password: str | None) -> StoreEndpoint:
    with closing(store.connection()) as connection:
        version, timezone = connection.query("SELECT version(), timezone()", "TabSeparated").bytes().decode().split()
    return StoreEndpoint(Executor(store), version=version, timezone=timezone, password=password)
