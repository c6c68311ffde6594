"""Waiting for the end of a service."""

from __future__ import annotations

import asyncio
import signal

SIGNALS = (signal.SIGTERM, signal.SIGINT)


async def until_stopped() -> None:
    """Return when this process is told to stop; a failing worker cancels the wait (`streams.bus.app.running`)."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        await stop.wait()
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
