"""Feeding files to the bus from a process of its own, so that reading and sketching do not slow the worker down.

The process may run only so far ahead as it is allowed (`Feeder.allow`). Without that bound a log would be on the bus in
seconds, each partition would be read in long stretches one after the other, and what happened at one moment would be
judged hours of event time apart.
"""

from __future__ import annotations

import subprocess
import sys
from multiprocessing import Pipe
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from streams.sources.feed import Allowance, Feed, Said

STANDARD_INPUT = "-"
# How long the process may take to end once its connection is closed, which ends it at once, before it is killed.
PATIENCE_SECONDS = 5.0


class FeedError(RuntimeError):
    """The files could not be fed; the message says why."""


class Feeder:
    """Runs a `Feed` while it is open as a context manager; leaving it ends the process, finished or not.

    Attributes:
        said: What the process said last; `poll` brings it up to date.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._size = _size_of(feed.files)
        self._allowed = 0
        self.said = Said()

    @property
    def share_read(self) -> float | None:
        """How much of the files was read, 0..1; None where their size is not known."""
        if self.said.done:
            return 1.0
        return min(self.said.read / self._size, 1.0) if self._size else None

    def allow(self, events: int) -> None:
        """Let the process feed until it has fed so many events; it does so in whole blocks (`feed.BLOCK_EVENTS`)."""
        if events > self._allowed:
            self._allowed = events
            self._send(Allowance(events))

    def poll(self) -> None:
        """Hear what the process has said.

        Raises:
            FeedError: It failed.
        """
        try:
            while self._parent.poll():
                self.said = msgspec.msgpack.decode(self._parent.recv_bytes(), type=Said)
                if self.said.failure is not None:
                    raise FeedError(self.said.failure)
        except (EOFError, ConnectionResetError):
            if not self.said.done:
                raise FeedError(f"the feeding process ended too early, with code {self._process.wait()}") from None

    def __enter__(self) -> Self:
        self._parent, child = Pipe()
        with child:
            self._process = subprocess.Popen(  # noqa: S603 - nothing of the command comes from outside
                # -P: whatever lies in the working directory is not imported.
                [sys.executable, "-P", "-m", "streams.sources.feeding", str(child.fileno())],
                stdin=None if STANDARD_INPUT in self._feed.files else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[child.fileno()],
            )
        self._send(self._feed)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parent.close()
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, message: Feed | Allowance) -> None:
        try:
            self._parent.send_bytes(msgspec.msgpack.encode(message))
        except (BrokenPipeError, ConnectionResetError):
            self.poll()  # it says why; where it has nothing to say any more, it has all it needs


def _size_of(files: tuple[str, ...]) -> int:
    """Return the bytes of files together, 0 where that is not known."""
    paths = [Path(file) for file in files]
    return sum(path.stat().st_size for path in paths) if all(path.is_file() for path in paths) else 0
