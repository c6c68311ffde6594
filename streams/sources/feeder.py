"""Feeding files to the bus from a process of its own, so that reading and sketching do not slow the worker down."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from models.sketch import Sketcher
from streams import topics
from streams.bus.producer import RawProducer
from streams.settings import Secret
from streams.sources.lines import read_lines
from streams.sources.replay import replay

REPORT_BYTES = 1 << 20


class FeedError(RuntimeError):
    """The files could not be fed; the message says why."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What to feed where.

    Attributes:
        files: API events, or raw logs where there is a `sketch_key`.
        bootstrap: Servers of Kafka.
    """

    files: Sequence[Path]
    bootstrap: str
    sketch_key: Secret | None = None


class _Said(msgspec.Struct):
    """What the feeding process says: bytes read so far, and at the end how many lines it produced, or what failed."""

    read: int = 0
    events: int | None = None
    failure: str | None = None


class Feeder:
    """Runs a `Feed` while it is open as a context manager.

    Attributes:
        produced: Events produced; None until all are.
        share_read: How much of the files was read, 0..1; 0 where their size is not known.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._size = sum(path.stat().st_size for path in feed.files if _size_is_known(path))
        self.produced: int | None = None
        self.share_read = 0.0

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        self._ear, mouth = context.Pipe(duplex=False)
        self._process = context.Process(target=_run, args=(self._feed, mouth), name="stillwatch-feeder", daemon=True)
        self._process.start()
        mouth.close()
        return self

    def poll(self) -> None:
        """Hear what the process has said.

        Raises:
            FeedError: It failed.
        """
        try:
            while self._ear.poll():
                self._hear(msgspec.msgpack.decode(self._ear.recv_bytes(), type=_Said))
        except EOFError:
            if self.produced is None:
                raise FeedError(f"the feeding process ended with code {self._process.exitcode}") from None

    def _hear(self, said: _Said) -> None:
        if said.failure is not None:
            raise FeedError(said.failure)
        self.share_read = min(said.read / self._size, 1.0) if self._size else 0.0
        if said.events is not None:
            self.produced, self.share_read = said.events, 1.0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._process.terminate()
        self._process.join()
        self._process.close()
        self._ear.close()


def _size_is_known(path: Path) -> bool:
    return path.is_file() and path.suffix not in (".gz", ".zst")


def _run(feed: Feed, mouth: Connection) -> None:
    """Feed, in the child process, and say how it goes."""

    def say(said: _Said) -> None:
        mouth.send_bytes(msgspec.msgpack.encode(said))

    try:
        with RawProducer(feed.bootstrap) as producer:
            events = replay(_events(feed, say), producer, topics.API_EVENTS)
        say(_Said(events=events))
    except Exception as error:  # noqa: BLE001  # the parent raises it: it has the terminal
        say(_Said(failure=f"{type(error).__name__}: {error}"))


def _events(feed: Feed, say: Callable[[_Said], None]) -> Iterator[bytes]:
    read = told = 0

    def advance(more: int) -> None:
        nonlocal read, told
        read += more
        if read - told >= REPORT_BYTES:
            told = read
            say(_Said(read=read))

    lines = read_lines(feed.files, advance)
    if feed.sketch_key is None:
        return lines
    from streams.sources.raw import sketched_lines  # compiles the sketch, which events do not need

    return sketched_lines(lines, Sketcher(feed.sketch_key.reveal()))
