"""The embedded engine over ClickHouse's HTTP protocol: for this machine, and with a token for others.

What an unmodified clickhouse-connect, its DB-API, curl or Grafana sends is answered as a server would: ping,
queries in any format, parameters, settings, sessions, inserts, errors with their code. Known differences:

- The user is not looked up; the token, where there is one, is the password (`streams.store.access`).
- A result is complete before its first byte is sent, and at most 1 GiB (`max_result_bytes`); so there is no error
  in the middle of one, and `wait_end_of_query` is always on. Answers are not compressed: between two processes of
  one machine that is work for nothing, and every client takes them plain.
- External data (files in a form), `compress=1` and `decompress=1`, and files of the server (INFILE, OUTFILE) are
  refused.
- A query goes on when its caller has gone.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from contextlib import closing
from types import TracebackType
from typing import Self

from aiohttp import web

from streams.settings.loopback import is_loopback
from streams.store.access import Access
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
        host: A name or address of this machine.
        port: 0 takes any free one.
        access: Who may ask.
        tls: To answer over TLS.
        routes: What to serve besides, on the same port; they look after their callers themselves.

    Raises:
        StoreError: The host is not loopback, and no token is asked for.
    """

    def __init__(
        self,
        store: EmbeddedStore,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        access: Access | None = None,
        tls: ssl.SSLContext | None = None,
        routes: Iterable[web.AbstractRouteDef] = (),
    ) -> None:
        self._access = access or Access()
        if not is_loopback(host) and self._access.token is None:
            raise StoreError(
                f"http_host = {host!r} is not loopback, and http_token is not set: whoever reaches that address could"
                " read everything; set STILLWATCH_HTTP_TOKEN, or http_host = '127.0.0.1'"
            )
        self._store = store
        self._host, self._port = host, port
        self._tls = tls
        self._routes = tuple(routes)
        self._runner: web.AppRunner | None = None
        self._endpoint: StoreEndpoint | None = None

    @property
    def url(self) -> str:
        """Where it answers, once started: `http://host:port`; on this machine where it is every address."""
        assert self._runner is not None, "not started"
        host, port = self._runner.addresses[0][:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - where it listens is checked above
        return f"http{'s' if self._tls else ''}://{f'[{host}]' if ':' in host else host}:{port}"

    async def start(self) -> None:
        """Listen, and tell other processes that open the store's directory where.

        Raises:
            StoreError: The port is taken.
        """
        self._endpoint = _endpoint(self._store, self._access)
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
            await web.TCPSite(self._runner, self._host, self._port, ssl_context=self._tls).start()
        except OSError as error:
            await self.stop()
            raise StoreError(
                f"http_port = {self._port} on {self._host} cannot be used: {error.strerror}; choose another, or 0 for"
                " any free one"
            ) from None
        self._store.advertise(self.url, self._access.operator_key)

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


def _endpoint(store: EmbeddedStore, access: Access) -> StoreEndpoint:
    with closing(store.connection()) as connection:
        version, timezone = connection.query("SELECT version(), timezone()", "TabSeparated").bytes().decode().split()
    readers = Executor(store, reading_only=True)
    return StoreEndpoint(Executor(store), readers, access, version=version, timezone=timezone)
