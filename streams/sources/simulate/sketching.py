"""The simulator's one place that knows how prompts are sketched."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any

from models.sketch import Message, Prompt, Sketcher
from models.sketch.prompt import clipped
from streams.sources.simulate.rendering import Draft

Event = dict[str, Any]

# Simulated prompts are nobody's secret. With a key of one's own (`STILLWATCH_SKETCH_KEY`) the sketches match a
# deployment's.
SIMULATION_KEY = b"stillwatch-simulation-only"


def sketching(key: bytes) -> Callable[[Sequence[Draft]], list[Event]]:
    """Return what makes API events of drafts: sketches in place of text."""
    sketcher = Sketcher(key)

    def sketched(drafts: Sequence[Draft]) -> list[Event]:
        events = []
        sketches = sketcher.sketch_many([prompt_of(draft.messages) for draft in drafts])
        for draft, sketch in zip(drafts, sketches, strict=True):
            event = draft.event | {"templates": sketch.templates}
            if sketch.content is not None:
                event["content"] = b64encode(sketch.content).decode()
            if draft.signals:
                event["signals"] = draft.signals
            events.append(event)
        return events

    return sketched


def prompt_of(messages: Sequence[Message]) -> Prompt:
    """Return `Prompt.of(messages)`, for messages of plain text that end with the user's."""
    system, last = messages[0].role == "system", str(messages[-1].content)
    first = str(messages[1 if system else 0].content) if len(messages) > 2 else ""
    return Prompt(clipped(str(messages[0].content)) if system else "", clipped(first), clipped(last))


def raw(drafts: Sequence[Draft]) -> list[Event]:
    """Return the drafts as raw logs: events that carry their messages."""
    return [draft.event | {"messages": draft.messages} for draft in drafts]
