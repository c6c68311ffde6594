"""CPU time of this process by thread, from Linux's own accounts."""

from __future__ import annotations

import os
import threading
from collections import Counter
from pathlib import Path

_TICK = 1.0 / os.sysconf("SC_CLK_TCK")


def cpu_by_thread() -> Counter[str]:
    """Return CPU seconds by the name of the thread; those that Python did not start are `native`."""
    names = {thread.native_id: thread.name for thread in threading.enumerate()}
    spent: Counter[str] = Counter()
    for task in Path("/proc/self/task").iterdir():
        try:
            fields = (task / "stat").read_text().rpartition(") ")[2].split()
        except FileNotFoundError:  # it ended meanwhile
            continue
        spent[names.get(int(task.name), "native")] += _TICK * (int(fields[11]) + int(fields[12]))
    return spent
