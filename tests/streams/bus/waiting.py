"""Wait for a condition instead of for a time."""

import asyncio
import time
from collections.abc import Callable

SECONDS = 120.0  # for what takes one, on a machine that does other things as well


def until(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Return once `condition` holds; fail with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.01)


async def eventually(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Like `until`, leaving the event loop free."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        await asyncio.sleep(0.01)
