"""The trivial job that peers are measured on: decode an event, count it under its account, stop at the last one.

Run by the interpreter of the peers' own environment, so it imports nothing of this project.
"""

import os
import sys
import time
from collections import Counter

import orjson


class Counting:
    """Counts, and writes the CPU seconds of the process from the first event to the last, and ends it."""

    def __init__(self, events: int) -> None:
        self._left = events
        self._counts: Counter[str] = Counter()
        self._began = 0.0

    def see(self, value: bytes) -> None:
        if not self._counts:
            self._began = time.process_time()
        self._counts[orjson.loads(value)["account_id"]] += 1
        self._left -= 1
        if not self._left:
            sys.stdout.write(f"{time.process_time() - self._began}\n")
            sys.stdout.flush()
            os._exit(0)  # how each of them shuts down is not what is measured


def arguments() -> tuple[str, str, int]:
    """Return bootstrap servers, topic and number of events."""
    return sys.argv[1], sys.argv[2], int(sys.argv[3])
