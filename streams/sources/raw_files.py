"""Files of raw logs to events, in one process or several, with a word on every line that is refused."""

from __future__ import annotations

import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from backports import zstd

from models.decoding import Violation
from models.rawlog import MAX_RAW_BYTES, RawLogs
from models.sketch import Sketcher
from streams.settings import load_settings
from streams.sources.compressed import open_bytes
from streams.sources.raw import batches

Advance = Callable[[int], None]


class UnreadableFileError(RuntimeError):
    """A file cannot be read to its end; the message names it."""


class RawLine(NamedTuple):
    """One line of a file, and where it stands."""

    file: Path
    number: int
    raw: bytes


class Refused(NamedTuple):
    """A line that is no raw log, and why; holds no text of it but identifiers and numbers."""

    file: Path
    number: int
    why: Violation


Sketched = tuple[list[bytes], list[Refused]]


def read_raw_lines(paths: Sequence[Path], advance: Advance = lambda _: None) -> Iterator[RawLine]:
    """Yield the lines of files in the order they stand, without empty ones.

    Args:
        paths: Plain, `.gz` or `.zst`; `-` is standard input.
        advance: Called with the number of bytes read (of the uncompressed lines).

    Raises:
        UnreadableFileError: A file cannot be opened, or not be decompressed.
    """
    for path in paths:
        for number, line in enumerate(_bounded_lines(path, advance), start=1):
            if stripped := line.strip():
                yield RawLine(path, number, stripped)


def _bounded_lines(path: Path, advance: Advance) -> Iterator[bytes]:
    """Yield lines; of one that is too long, as much as shows it, for it will be refused."""
    try:
        with sys.stdin.buffer if str(path) == "-" else open_bytes(path) as file:
            while line := file.readline(MAX_RAW_BYTES + 1):
                advance(len(line))
                rest = line
                while len(rest) > MAX_RAW_BYTES and not rest.endswith(b"\n"):
                    rest = file.readline(MAX_RAW_BYTES + 1)
                    advance(len(rest))
                yield line
    except (OSError, EOFError, zlib.error, zstd.ZstdError) as error:
        raise UnreadableFileError(f"{path} cannot be read: {error}") from error


def sketch_here(lines: Iterable[RawLine], keys: tuple[bytes, bytes | None]) -> Iterator[Sketched]:
    """Sketch lines in this process; yield events and what was refused, some at a time, in order."""
    logs = RawLogs(Sketcher(*keys))
    for batch in batches(lines, _size):
        yield _sketched(logs, batch)


def sketch_in_processes(lines: Iterable[RawLine], processes: int) -> Iterator[Sketched]:
    """Do as `sketch_here`, in processes that read the key from the settings themselves: it is never passed on."""
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        waiting: deque[Callable[[], Sketched]] = deque()
        for batch in batches(lines, _size):
            waiting.append(pool.submit(_sketch_there, batch).result)
            if len(waiting) > 2 * processes:
                yield waiting.popleft()()
        while waiting:
            yield waiting.popleft()()


def _sketch_there(batch: list[RawLine]) -> Sketched:
    return _sketched(_logs_of_settings(), batch)


@cache
def _logs_of_settings() -> RawLogs:
    return RawLogs(Sketcher(*load_settings().required_sketch_keys().reveal()))


def _sketched(logs: RawLogs, batch: Sequence[RawLine]) -> Sketched:
    events, refused = logs.to_events([line.raw for line in batch])
    return events, [Refused(batch[position].file, batch[position].number, why) for position, why in refused]


def _size(line: RawLine) -> int:
    return len(line.raw)
