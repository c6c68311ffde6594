"""Python's search for reference cycles, set for a process in which millions of objects come and go without one.

Python looks for cycles each time 700 more objects were made than let go; what survives is searched again with what came
later. A fetch alone makes thousands of records, none of them in a cycle, and what models hold lives for days. As Python
sets the searches, they took a worker 5 of 37 us of CPU time an event, and half of the Kafka consumer's thread
(`perf record`, provider-day:0.03).
"""

from __future__ import annotations

import gc

# Objects made, less those let go, that start a search of the youngest: it takes a millisecond. The others are how many
# such searches one of the middle-aged takes, and how many of those one of all. A cycle, such as an exception with its
# frames, is found within seconds.
THRESHOLDS = (50_000, 20, 50)


def search_rarely() -> None:
    """Search for cycles rarely from now on, and never among what there is by now: code, settings, compiled loops."""
    if gc.get_threshold() != THRESHOLDS:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
