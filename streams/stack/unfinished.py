"""Results that are not there until they are whole."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = ".unfinished"


class UnfinishedError(RuntimeError):
    """The directory for results cannot be written to now; the message names it and says why."""


@contextmanager
def unfinished(out: Path) -> Iterator[Path]:
    """Give a directory inside `out` to write to; what is in it moves to `out` when the block ends well.

    When the block fails, nothing of it stays; when the process is killed, the next run on `out` removes what it left.
    An `out` that is made here does not outlive a failure.

    Args:
        out: Where the results go; made where it is not there.

    Raises:
        UnfinishedError: Another process is at work there, or the directory cannot be made.
    """
    made = not out.exists()
    draft = out / NAME
    try:
        draft.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnfinishedError(f"--out {out} cannot be made: {error.strerror}; name another directory") from error
    held = os.open(draft, os.O_RDONLY)
    try:
        _lock(held, draft)
        _empty(draft)
        try:
            yield draft
            _publish(draft, out)
        except BaseException:
            shutil.rmtree(out if made else draft, ignore_errors=True)
            raise
    finally:
        os.close(held)


def _lock(held: int, draft: Path) -> None:
    """Hold the directory for as long as this process lives."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had it may have ended, and removed it, after it was opened here.
        if draft.exists() and draft.stat().st_ino == os.fstat(held).st_ino:
            return
    except BlockingIOError:
        pass
    raise UnfinishedError(f"--out {draft.parent} is being written by another run: name another directory, or wait")


def _empty(draft: Path) -> None:
    for left in draft.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _publish(draft: Path, out: Path) -> None:
    """Move the files first, then the directories: where the store is, the rest is."""
    for done in sorted(draft.iterdir(), key=Path.is_dir):
        done.replace(out / done.name)
    draft.rmdir()
