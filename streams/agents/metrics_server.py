"""A worker's metrics over HTTP, on this machine only: `/metrics` for Prometheus, `/healthz` for whoever restarts it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest

from streams.agents.metrics import WorkerMetrics
from streams.agents.worker import Worker

HOST = "127.0.0.1"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class PortTakenError(RuntimeError):
    """Somebody listens there already."""


@asynccontextmanager
async def metrics_served(worker: Worker, port: int) -> AsyncIterator[int]:
    """Serve the metrics until the block ends; gives the port.

    Args:
        worker: That runs.
        port: On loopback; 0 takes any free one.

    Raises:
        PortTakenError: The port cannot be used.
    """
    metrics = WorkerMetrics(worker)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics)

    async def show(request: web.Request) -> web.Response:
        del request
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE})

    async def health(request: web.Request) -> web.Response:
        del request
        alive = metrics.is_alive()
        return web.Response(text="alive\n" if alive else "behind, and no progress\n", status=200 if alive else 503)

    app = web.Application()
    app.add_routes([web.get("/metrics", show), web.get("/healthz", health)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as error:
            raise PortTakenError(f"metrics_port = {port} on {HOST} cannot be used: {error.strerror}") from None
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
