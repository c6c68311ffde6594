"""Lines of NDJSON from files, in event time, whatever their length."""

from __future__ import annotations

import heapq
import re
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from backports import zstd

from streams.sources.compressed import decompressed

# Longer lines are cut here: more than the largest valid event, so they are still refused for their size, and no
# attacker's line fills the memory.
MAX_LINE_BYTES = 1 << 20
# Lines of one file that may be out of order: logs of several gateways are nearly in order, not quite. Long lines make
# it fewer, so that a file takes bounded memory.
REORDERED = 10_000
REORDERED_BYTES = 64 << 20

ADVANCE_LINES = 256  # between two words on how far a file is read

_TS = re.compile(rb'"ts"\s*:\s*(\d{1,16})\s*[,}]')

Advance = Callable[[int], None]


class UnreadableFileError(RuntimeError):
    """A file cannot be read to its end; the message names it."""


class Line(NamedTuple):
    """A line without its end, and where it stands: `number` counts from 1, empty lines too."""

    file: Path
    number: int
    raw: bytes


def read_lines(paths: Sequence[Path], advance: Advance = lambda _: None) -> Iterator[bytes]:
    """Yield what `merged_lines` yields, without where it stands."""
    return (line.raw for line in merged_lines(paths, advance))


def merged_lines(
    paths: Sequence[Path], advance: Advance = lambda _: None, max_bytes: int = MAX_LINE_BYTES
) -> Iterator[Line]:
    """Yield the lines of all files, merged by their `ts`, without empty lines.

    Args:
        paths: Plain, `.gz` or `.zst`; `-` is standard input.
        advance: Called with the number of bytes read of a file as it is on the disk.
        max_bytes: Where longer lines are cut.

    Raises:
        UnreadableFileError: A file cannot be opened, or not be decompressed.
    """
    streams = [_in_order(_lines_of(path, advance, max_bytes)) for path in paths]
    for _, _, line in heapq.merge(*streams) if len(streams) > 1 else streams[0]:
        yield line


def time_of(line: bytes) -> int:
    """Return `ts` of an event without decoding it, or 0 where there is none.

    >>> time_of(b'{"event_id":"e","ts": 17,"account_id":"a"}'), time_of(b"broken")
    (17, 0)
    """
    found = _TS.search(line)
    return int(found[1]) if found else 0


def _lines_of(path: Path, advance: Advance, max_bytes: int) -> Iterator[Line]:
    number = 0
    try:
        with _opened(path) as file, decompressed(file, path.suffix) as lines:
            position = _Position(file, advance)
            while raw := lines.readline(max_bytes):
                number += 1
                if number % ADVANCE_LINES == 0:
                    position.tell()
                rest = raw
                while len(rest) == max_bytes and not rest.endswith(b"\n"):  # skip the rest of a line that is too long
                    rest = lines.readline(max_bytes)
                if stripped := raw.strip():
                    yield Line(path, number, stripped)
            position.tell()
    except (OSError, EOFError, zlib.error, zstd.ZstdError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableFileError(f"{path} cannot be read beyond line {number:,}: {reason}") from error


def _opened(path: Path) -> BinaryIO:
    return sys.stdin.buffer if str(path) == "-" else path.open("rb")


class _Position:
    """How far a file is read; tells only of files that know."""

    def __init__(self, file: BinaryIO, advance: Advance) -> None:
        self._file, self._advance = file, advance
        self._told = 0
        self._knows = file.seekable()

    def tell(self) -> None:
        """Call `advance` with what was read since the last time."""
        if self._knows:
            position = self._file.tell()
            self._advance(position - self._told)
            self._told = position


def _in_order(lines: Iterator[Line]) -> Iterator[tuple[int, int, Line]]:
    """Yield (time, number, line), the lines nearly sorted by time; a line without one keeps its place."""
    waiting: list[tuple[int, int, Line]] = []
    last = held = 0
    for line in lines:
        last = time_of(line.raw) or last
        heapq.heappush(waiting, (last, line.number, line))
        held += len(line.raw)
        while len(waiting) > REORDERED or held > REORDERED_BYTES:
            first = heapq.heappop(waiting)
            held -= len(first[2].raw)
            yield first
    while waiting:
        yield heapq.heappop(waiting)
