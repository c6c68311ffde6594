"""Writes a simulation to disk: events or raw logs in order of time, truth and facts beside them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from streams.sources.compressed import create_bytes
from streams.sources.simulate.rendering import Draft
from streams.sources.simulate.simulation import Simulation

Encode = Callable[[Sequence[Draft]], Sequence[dict[str, Any]]]
Progress = Callable[[int], None]


class Written(NamedTuple):
    """How much was written."""

    events: int
    accounts: int
    facts: int


def write_simulation(
    simulation: Simulation,
    encode: Encode,
    *,
    events: Path,
    truth: Path,
    facts: Path | None,
    progress: Progress,
) -> Written:
    """Write the whole simulation; a slice at a time is in memory.

    Args:
        simulation: Fresh: its slices can be drawn once.
        encode: Makes events of drafts (`streams.sources.simulate.sketching`).
        events: NDJSON in order of time.
        truth: NDJSON of contract section 6.
        facts: NDJSON of contract section 2; None = not written.
        progress: Told the number of events after each slice.
    """
    encoder = msgspec.json.Encoder()
    known = _write_lines(facts, simulation.facts()) if facts else 0
    count = 0
    with create_bytes(events) as out, _collector_paused():
        for drafts in simulation.slices():
            out.write(encoder.encode_lines(encode(drafts)))
            count += len(drafts)
            progress(len(drafts))
    accounts = _write_lines(truth, simulation.truth())
    return Written(count, accounts, known)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the collector of cycles: drafts have none, and looking for them among open conversations costs 10 %."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    encoder = msgspec.json.Encoder()
    count = 0
    with create_bytes(path) as out:
        for row in rows:
            out.write(encoder.encode(row) + b"\n")
            count += 1
    return count
