"""Waiting for the end of a service."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

SIGNALS = (signal.SIGTERM, signal.SIGINT)


async def until_stopped(ready: Callable[[], None] = lambda: None) -> None:
    """Return when this process is told to stop; a failing worker cancels the wait (`streams.bus.app.running`).

    Args:
        ready: Called once signals are heard, so that whoever is told that the service runs may stop it.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        ready()
        await stop.wait()
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
