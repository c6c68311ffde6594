"""Lines of NDJSON from files, in event time, whatever their length."""

from __future__ import annotations

import heapq
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from streams.sources.compressed import open_bytes

# Longer lines are cut here: more than the largest valid event, so they are still refused for their size, and no
# attacker's line fills the memory.
MAX_LINE_BYTES = 1 << 20
# Lines of one file that may be out of order: logs of several gateways are nearly in order, not quite.
REORDERED = 10_000

_TS = re.compile(rb'"ts"\s*:\s*(\d{1,16})\s*[,}]')

Advance = Callable[[int], None]


def read_lines(paths: Sequence[Path], advance: Advance = lambda _: None) -> Iterator[bytes]:
    """Yield the lines of all files, merged by their `ts`, without line ends and without empty lines.

    Args:
        paths: Plain, `.gz` or `.zst`; `-` is standard input.
        advance: Called with the number of bytes read (of the uncompressed lines).
    """
    streams = [_in_order(_lines_of(path, advance)) for path in paths]
    for _, _, line in heapq.merge(*streams) if len(streams) > 1 else streams[0]:
        yield line


def time_of(line: bytes) -> int:
    """Return `ts` of an event without decoding it, or 0 where there is none.

    >>> time_of(b'{"event_id":"e","ts": 17,"account_id":"a"}'), time_of(b"broken")
    (17, 0)
    """
    found = _TS.search(line)
    return int(found[1]) if found else 0


def _lines_of(path: Path, advance: Advance) -> Iterator[bytes]:
    file: BinaryIO = sys.stdin.buffer if str(path) == "-" else open_bytes(path)
    with file:
        while line := file.readline(MAX_LINE_BYTES):
            advance(len(line))
            rest = line
            while len(rest) == MAX_LINE_BYTES and not rest.endswith(b"\n"):  # skip the rest of a line that is too long
                rest = file.readline(MAX_LINE_BYTES)
                advance(len(rest))
            if stripped := line.strip():
                yield stripped


def _in_order(lines: Iterator[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Yield (time, number, line), the lines sorted by time within `REORDERED`; a line without one keeps its place."""
    waiting: list[tuple[int, int, bytes]] = []
    last = 0
    for number, line in enumerate(lines):
        last = time_of(line) or last
        if len(waiting) < REORDERED:
            heapq.heappush(waiting, (last, number, line))
        else:
            yield heapq.heappushpop(waiting, (last, number, line))
    while waiting:
        yield heapq.heappop(waiting)
