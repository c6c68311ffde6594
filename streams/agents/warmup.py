"""Compiling the models' kernels before the first event waits for them."""

from __future__ import annotations

from models.event import Event
from models.pipeline import Pipeline
from streams.settings import Settings


def warm_up(settings: Settings) -> None:
    """Send an event through models of its own.

    Compiled code is kept beside the sources, so this takes 15 s the first time and a tenth of a second afterwards.
    Inside a running worker it would keep the worker from its heartbeats.
    """
    event = Event(event_id="0", ts=1, account_id="0", model="0", input_tokens=0, output_tokens=0)
    Pipeline(settings.detection).process([event])
