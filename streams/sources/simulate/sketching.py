"""The simulator's one place that knows how prompts are sketched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from streams.sources.simulate.rendering import Draft

Event = dict[str, Any]

# Simulated prompts are nobody's secret. With a key of one's own (`STILLWATCH_SKETCH_KEY`) the sketches match
# a deployment's.
SIMULATION_KEY = b"stillwatch-simulation-only"


def sketching(key: bytes) -> Callable[[Sequence[Draft]], list[Event]]:
    """Return what makes API events of drafts: sketches in place of text."""
    from models.sketch import Sketcher

    sketcher = Sketcher(key)

    def sketched(drafts: Sequence[Draft]) -> list[Event]:
        events = []
        for draft, sketch in zip(drafts, sketcher.sketch_many([draft.messages for draft in drafts]), strict=True):
            event = draft.event | {"templates": sketch.templates, "content": sketch.content}
            if sketch.signals:
                event["signals"] = sketch.signals
            events.append(event)
        return events

    return sketched


def raw(drafts: Sequence[Draft]) -> list[Event]:
    """Return the drafts as raw logs: events that carry their messages."""
    return [draft.event | {"messages": draft.messages} for draft in drafts]
