"""How far a worker has come: counters that agents write and people read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Progress:
    """Counts since the worker started. Topics are those of `streams.topics`, without prefix.

    Attributes:
        sent: Messages handed to the producer, per topic.
        handled: Records that an agent is through with, per topic; acknowledged at the next checkpoint.
        events, duplicates, dead_letters, late: API events that counted, that repeated an id, that did not fit the
            contract, and that came after their window.
        alerts: Campaign alerts raised.

    >>> progress = Progress(sent=Counter(sightings=5), handled=Counter(sightings=2))
    >>> progress.waiting("sightings")
    3
    """

    sent: Counter[str] = field(default_factory=Counter)
    handled: Counter[str] = field(default_factory=Counter)
    events: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    late: int = 0
    alerts: int = 0

    def waiting(self, *topics: str) -> int:
        """Return how many messages of some topics were sent and are not handled; exact where one worker does it all."""
        return sum(self.sent[topic] - self.handled[topic] for topic in topics)
