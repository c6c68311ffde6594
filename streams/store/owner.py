"""Who owns the directory of an embedded store, and where that process can be asked.

The engine locks the file `status` in its directory. Looking at the lock first gives an answer in words; asking the
engine gives a line on the standard error stream and an exception that does not say why.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from streams.store.errors import StoreBusyError

LOCK = "status"
ENDPOINT = "endpoint"


def is_store(path: Path) -> bool:
    """Whether `path` is the directory of a store: one that holds a database, or one that is open."""
    # The lock is gone after a clean end, and there is no database before the first is made.
    return (path / "metadata").is_dir() or (path / LOCK).is_file()


def check_free(path: Path) -> None:
    """Do nothing when no process owns the store `path`.

    Raises:
        StoreBusyError: A process does.
    """
    try:
        with (path / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return
    except FileNotFoundError:
        return
    except BlockingIOError:
        raise StoreBusyError(path, _pid(path), *_where(path)) from None


def advertise(path: Path, url: str, key: str = "") -> None:
    """Write down that the owner of `path` answers at `url`, and the key that makes a caller an operator there."""
    file = path / ENDPOINT
    # Renamed into place, so that nobody reads half of it; made anew, so that nobody else may read it.
    draft = file.with_name(f"{ENDPOINT}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with open(draft, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
        out.write(f"{os.getpid()} {url} {key}\n")
    draft.replace(file)


def withdraw(path: Path) -> None:
    """Forget what `advertise` wrote, where it did."""
    (path / ENDPOINT).unlink(missing_ok=True)


def _pid(path: Path) -> int | None:
    """Return the number in the first line of the lock, `PID: 123`."""
    with suppress(OSError, ValueError, IndexError):
        return int((path / LOCK).read_text("utf-8").split()[1])
    return None


def _where(path: Path) -> tuple[str | None, str]:
    """Return the advertised URL and key, unless a process that has since died wrote them."""
    with suppress(OSError, ValueError):
        pid, url, *key = (path / ENDPOINT).read_text("utf-8").split()
        if int(pid) == _pid(path):
            return url, "".join(key)
    return None, ""
