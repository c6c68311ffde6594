"""How far a worker has come: counters that agents write and people read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Progress:
    """Counts since the worker started.

    Attributes:
        acknowledged: Records acknowledged, per topic.
        events, duplicates, dead_letters, late: API events that counted, that repeated an id, that did not fit the
            contract, and that came after their window.
        alerts: Campaign alerts raised.
    """

    acknowledged: Counter[str] = field(default_factory=Counter)
    events: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    late: int = 0
    alerts: int = 0
