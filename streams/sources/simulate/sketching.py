"""The simulator's one place that knows how prompts are sketched."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from streams.sources.simulate.rendering import Draft

Event = dict[str, Any]

# Simulated prompts are nobody's secret. With a key of one's own (`STILLWATCH_SKETCH_KEY`) the sketches match
# a deployment's.
SIMULATION_KEY = b"stillwatch-simulation-only"


def sketching(key: bytes) -> Callable[[Sequence[Draft]], list[Event]]:
    """Return what makes API events of drafts: sketches in place of text."""
    from models.sketch import Message, Prompt, Sketcher

    sketcher = Sketcher(key)

    def sketched(drafts: Sequence[Draft]) -> list[Event]:
        prompts = [Prompt.of(msgspec.convert(draft.messages, list[Message])) for draft in drafts]
        sketches = sketcher.sketch_many(prompts)
        return [
            draft.event | {"templates": sketch.templates, "content": b64encode(sketch.content or b"").decode() or None}
            for draft, sketch in zip(drafts, sketches, strict=True)
        ]

    return sketched


def raw(drafts: Sequence[Draft]) -> list[Event]:
    """Return the drafts as raw logs: events that carry their messages."""
    return [draft.event | {"messages": draft.messages} for draft in drafts]
