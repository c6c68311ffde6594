"""The process that feeds files to the bus: `python -m streams.sources.feeding FD`, started by `streams.sources.feeder`.

FD is a connection to the parent: a `Feed` comes in first, then `Allowance`s; `Said`s go out. The process ends
when the connection does, whatever it is busy with, so that it cannot outlive the parent.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from streams.bus.letter import Letter
from streams.bus.producer import RawProducer
from streams.sources.feed import BLOCK_EVENTS, Allowance, Feed, Said
from streams.sources.lines import Line, merged_lines, read_lines
from streams.sources.replay import replay


class Feeding:
    """A `Feed` being done.

    Args:
        feed: What to do.
        parent: Where to hear of allowances and to say how it goes.
    """

    def __init__(self, feed: Feed, parent: Connection) -> None:
        self._feed = feed
        self._parent = parent
        self._allowed = 0
        self._more = threading.Condition()
        self._read = self._events = self._letters = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def run(self) -> None:
        """Feed everything; raises what makes that impossible."""
        with RawProducer(self._feed.bootstrap) as producer:
            replay(self._counted(self._lines(producer)), producer, self._feed.events)
        self._say(done=True)

    def fail(self, error: Exception) -> None:
        """Tell the parent: it has the terminal."""
        self._say(failure=str(error) or type(error).__name__)

    def _lines(self, producer: RawProducer) -> Iterator[bytes]:
        files = [Path(file) for file in self._feed.files]
        if self._feed.sketch_keys is None:
            return read_lines(files, self._advance)
        # Compiles the sketch, which events do not need.
        from models.rawlog import MAX_RAW_BYTES, RawLogs
        from models.sketch import Sketcher
        from streams.sources.raw import sketched_lines

        def refuse(letter: Letter) -> None:
            producer.send(self._feed.letters, letter.encode())
            self._letters += 1

        lines: Iterator[Line] = merged_lines(files, self._advance, MAX_RAW_BYTES + 1)
        return sketched_lines(lines, RawLogs(Sketcher(*self._feed.sketch_keys)), refuse)

    def _advance(self, more: int) -> None:
        self._read += more

    def _counted(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        """Yield lines as far as it is allowed, and report after each block of them."""
        while block := list(islice(lines, BLOCK_EVENTS)):
            with self._more:
                self._more.wait_for(lambda: self._events + len(block) <= self._allowed)
            yield from block
            self._events += len(block)
            self._say()

    def _say(self, *, done: bool = False, failure: str | None = None) -> None:
        said = Said(read=self._read, events=self._events, letters=self._letters, done=done, failure=failure)
        self._parent.send_bytes(msgspec.msgpack.encode(said))

    def _listen(self) -> None:
        try:
            while True:
                allowance = msgspec.msgpack.decode(self._parent.recv_bytes(), type=Allowance)
                with self._more:
                    self._allowed = allowance.events
                    self._more.notify()
        except (EOFError, OSError):
            # The parent is gone or wants no more. The main thread may be in a read that never returns.
            os._exit(1)


def main() -> None:
    """Feed what the parent says."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    parent = Connection(int(sys.argv[1]))
    feeding = Feeding(msgspec.msgpack.decode(parent.recv_bytes(), type=Feed), parent)
    try:
        feeding.run()
    except Exception as error:  # noqa: BLE001  # whatever it is, the parent must hear of it
        feeding.fail(error)


if __name__ == "__main__":
    main()
