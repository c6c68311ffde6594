"""The handlers of ClickHouse's HTTP protocol: requests in, answers out, queries on threads of their own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web
from multidict import MultiDict

from streams.store.access import Access
from streams.store.encodings import unpack
from streams.store.errors import StoreError
from streams.store.execution import Answer, Executor
from streams.store.refusals import (
    CANNOT_DECOMPRESS,
    NOT_IMPLEMENTED,
    TOO_LARGE,
    TOO_MANY_SIMULTANEOUS_QUERIES,
    EngineError,
    refuse,
)
from streams.store.request import StoreRequest, read

MAX_BODY_BYTES = 256 << 20
THREADS = 8
MAX_RUNNING = 100  # as on a server (max_concurrent_queries)
GRACE_SECONDS = 2.0
_CHUNK_BYTES = 256 << 10
_CONTENT_TYPES = (
    ("JSON", "application/json; charset=UTF-8"),
    ("CSV", "text/csv; charset=UTF-8"),
    ("TabSeparated", "text/tab-separated-values; charset=UTF-8"),
    ("TSV", "text/tab-separated-values; charset=UTF-8"),
    ("Native", "application/octet-stream"),
    ("Arrow", "application/octet-stream"),
    ("Parquet", "application/octet-stream"),
    ("RowBinary", "application/octet-stream"),
)


class StoreEndpoint:
    """Answers requests on one engine.

    Args:
        executor: Runs the requests of operators.
        readers: Runs those of everybody else.
        access: Says who is who.
        version: Of the engine, as shown in errors.
        timezone: Of the engine.
    """

    def __init__(self, executor: Executor, readers: Executor, access: Access, *, version: str, timezone: str) -> None:
        self._executor, self._readers = executor, readers
        self._version = version
        self._timezone = timezone
        self._access = access
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store-query")
        self._running: set[asyncio.Future[tuple[StoreRequest, Answer]]] = set()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, for an application whose `client_max_size` is `MAX_BODY_BYTES`."""
        return [
            web.get("/ping", self.ping),
            web.get("/replicas_status", self.ping),
            web.get("/", self.query),
            web.post("/", self.query),
        ]

    async def ping(self, request: web.Request) -> web.Response:
        """Say that the endpoint is there."""
        del request
        return web.Response(text="Ok.\n")

    async def query(self, request: web.Request) -> web.StreamResponse:
        """Run the statement of a request."""
        read_only = request.method in ("GET", "HEAD")
        if read_only and "query" not in request.query:
            return await self.ping(request)
        try:
            operator = self._access.admit(request.headers, request.query)
            received = await _receive(request, read_only=read_only)
            wanted, answer = await self._run(received, self._executor if operator else self._readers)
        except EngineError as error:
            return self._refusal(error)
        return await self._respond(request, wanted, answer)

    async def _run(self, received: _Received, executor: Executor) -> tuple[StoreRequest, Answer]:
        if len(self._running) >= MAX_RUNNING:
            raise refuse(TOO_MANY_SIMULTANEOUS_QUERIES, f"Too many simultaneous queries. Maximum: {MAX_RUNNING}")
        running = asyncio.get_running_loop().run_in_executor(self._threads, _work, received, executor)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        # Shielded: the thread goes on when the caller has gone, and `close` has to know of it.
        return await asyncio.shield(running)

    async def _respond(self, request: web.Request, wanted: StoreRequest, answer: Answer) -> web.StreamResponse:
        headers = {
            "X-ClickHouse-Server-Display-Name": "stillwatch",
            "X-ClickHouse-Query-Id": wanted.query_id,
            "X-ClickHouse-Summary": json.dumps(answer.summary),
            "Content-Type": "text/plain; charset=UTF-8",
        }
        if answer.format is not None:
            headers["X-ClickHouse-Format"] = answer.format
            headers["X-ClickHouse-Timezone"] = self._timezone
            headers["Content-Type"] = _content_type(answer.format)
        response = web.StreamResponse(headers=headers)
        response.content_length = len(answer.body)
        body = memoryview(answer.body)
        with suppress(ConnectionResetError):  # the caller has gone, and nobody waits for the rest
            await response.prepare(request)
            for start in range(0, len(body), _CHUNK_BYTES):
                await response.write(body[start : start + _CHUNK_BYTES])
            await response.write_eof()
        return response

    def _refusal(self, error: EngineError) -> web.Response:
        return web.Response(
            status=error.status,
            headers={"X-ClickHouse-Exception-Code": str(error.code)},
            text=f"{error} (version {self._version})\n",
        )

    async def close(self) -> None:
        """Wait for what runs, cancel what still does after two seconds, and end the threads."""
        if self._running:
            await asyncio.wait(self._running, timeout=GRACE_SECONDS)
        if self._running:
            await asyncio.to_thread(self._executor.cancel)
            await asyncio.wait(self._running)
        self._threads.shutdown()
        self._executor.close()
        self._readers.close()


@dataclass(frozen=True, slots=True)
class _Received:
    """A request as it came."""

    fields: MultiDict[str]
    headers: Mapping[str, str]
    body: bytes
    read_only: bool

    def read(self) -> StoreRequest:
        """Unpack the body and return what is asked."""
        try:
            body = unpack(self.body, self.headers.get("Content-Encoding", "").lower(), MAX_BODY_BYTES)
        except StoreError as error:
            raise refuse(CANNOT_DECOMPRESS, str(error)) from None
        return read(self.fields, self.headers, body, read_only=self.read_only)


def _work(received: _Received, executor: Executor) -> tuple[StoreRequest, Answer]:
    """Do what takes time, on a thread: unpacking too, which takes 20 ms for 10,000 events."""
    wanted = received.read()
    return wanted, executor.run(wanted)


async def _receive(request: web.Request, *, read_only: bool) -> _Received:
    fields = MultiDict(request.query)
    try:
        if request.content_type == "multipart/form-data":
            fields.extend(await _form(request))
            return _Received(fields, request.headers, b"", read_only)
        return _Received(fields, request.headers, await request.read(), read_only)
    except web.HTTPRequestEntityTooLarge:
        raise refuse(TOO_LARGE, f"the body is larger than {MAX_BODY_BYTES:,} bytes; send smaller parts") from None


async def _form(request: web.Request) -> dict[str, str]:
    fields = {}
    for name, value in (await request.post()).items():
        if not isinstance(value, str):
            raise refuse(NOT_IMPLEMENTED, f"external data ({name} of the form) is not supported")
        fields[name] = value
    return fields


def _content_type(output: str) -> str:
    return next((kind for prefix, kind in _CONTENT_TYPES if output.startswith(prefix)), "text/plain; charset=UTF-8")
