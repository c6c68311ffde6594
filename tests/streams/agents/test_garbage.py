"""A worker searches for reference cycles rarely, and still finds them."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc, weakref
from streams.agents.garbage import THRESHOLDS, search_rarely

class Ring:
    def __init__(self):
        self.itself = self

kept = [Ring()]
search_rarely()
assert gc.get_threshold() == THRESHOLDS, gc.get_threshold()
assert gc.get_freeze_count() > 0
lost = weakref.ref(Ring())
made = 0
while lost() is not None and made < 10 * THRESHOLDS[0]:
    held = Ring()
    made += 1
print(made)
"""


def test_cycles_are_found_though_rarely() -> None:
    """In a process of its own: the searches are a process's, and what is there by then is never searched again."""
    made = int(subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True).stdout)
    assert 700 < made < 500_000
