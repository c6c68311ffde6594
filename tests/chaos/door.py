"""A TCP door in front of a service: open, shut (connections are refused) or stuck (accepted and never answered)."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Self

from streams.bus.broker import free_port


class Door:
    """Listens on a port of its own and passes bytes on to `port`, from a thread of its own."""

    def __init__(self, port: int) -> None:
        self.port = free_port()
        self._inner = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="door", daemon=True)
        self._server: asyncio.Server | None = None
        self._stuck = False
        self._open: set[asyncio.StreamWriter] = set()

    def open(self) -> None:
        """Pass everything on."""
        self._do(self._set(listening=True, stuck=False))

    def shut(self) -> None:
        """Refuse connections, and cut those there are."""
        self._do(self._set(listening=False, stuck=False))

    def stick(self) -> None:
        """Accept connections and answer none; cut those there are."""
        self._do(self._set(listening=True, stuck=True))

    def __enter__(self) -> Self:
        self._thread.start()
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shut()
        self._do(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _set(self, *, listening: bool, stuck: bool) -> None:
        self._stuck = stuck
        for writer in self._open:
            writer.transport.abort()
        if self._server is not None and not listening:
            self._server.close()
            self._server = None
        if self._server is None and listening:
            self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)

    async def _finish(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._stuck:
                await reader.read(-1)
                return
            inner, outer = await asyncio.open_connection("127.0.0.1", self._inner)
            self._open.add(outer)
            try:
                await asyncio.gather(_pump(reader, outer), _pump(inner, writer))
            finally:
                self._open.discard(outer)
                outer.close()
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
