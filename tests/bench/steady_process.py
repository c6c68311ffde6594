"""Sends events at a constant rate, whether or not anybody keeps up.

`python -m tests.bench.steady_process BOOTSTRAP EVENTS_PER_SECOND FILE` sends the lines of FILE, and writes the time at
which the first one was due, in seconds since 1970: line i is due i / EVENTS_PER_SECOND later.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from streams import topics
from streams.bus.producer import RawProducer
from streams.sources.replay import key_of

TICK_SECONDS = 0.002


def main(bootstrap: str, rate: float, path: Path) -> None:
    lines = path.read_bytes().splitlines()
    keys = [key_of(line) for line in lines]
    with RawProducer(bootstrap, linger_ms=1.0) as producer:
        began, sent = time.time(), 0
        while sent < len(lines):
            due = min(int((time.time() - began) * rate), len(lines))
            for at in range(sent, due):
                producer.send(topics.API_EVENTS, lines[at], keys[at])
            sent = due
            time.sleep(TICK_SECONDS)
    sys.stdout.write(f"{began}\n")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]))
