"""What can go wrong with the store, in words for the person who runs it."""

from __future__ import annotations

import re
from pathlib import Path

_SYSTEM_REASON = re.compile(r"\[Errno -?\d+\] ([^\"')]+)")


class StoreError(RuntimeError):
    """The store cannot be used as asked; the message says why and what to do. It never holds a password."""


class StoreBusyError(StoreError):
    """Another process owns the directory of an embedded store.

    Attributes:
        path: The directory.
        pid: The process that owns it, where known.
        url: Where that process answers ClickHouse's HTTP protocol, where it does.
        key: What makes the caller an operator there. The message does not hold it.
    """

    def __init__(self, path: Path, pid: int | None, url: str | None, key: str = "") -> None:
        self.path, self.pid, self.url, self.key = path, pid, url, key
        owner = f"process {pid}" if pid else "another process"
        advice = f"ask it at {url}" if url else "stop it first"
        super().__init__(f"the store {path} is in use by {owner}, and only one process can open it: {advice}")


class MigrationError(StoreError):
    """A migration cannot be applied, or one that was applied has been changed since."""


def reason_of(error: Exception) -> str:
    """Return why something failed in as few words as its message has: the system's own, or the first line.

    >>> reason_of(OSError("Max retries exceeded (Caused by NewConnectionError('[Errno 111] Connection refused'))"))
    'Connection refused'
    """
    reason = str(error).partition("\n")[0]
    found = _SYSTEM_REASON.search(reason)
    return found[1] if found else reason
