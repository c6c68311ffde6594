"""The events that are measured with: made once by `stillwatch simulate`, kept in `build/bench`."""

from __future__ import annotations

import subprocess
import sys
from itertools import islice
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "build" / "bench"


def event_lines(scenario: str, scale: float, most: int | None = None) -> list[bytes]:
    """Return the events of a shipped scenario, in event time.

    Args:
        scenario: Its name.
        scale: Of its accounts, not of their rates.
        most: How many of them, the first ones; None is all.
    """
    path = FOLDER / f"{scenario}-{scale:g}.ndjson"
    if not path.exists():
        _simulate(scenario, scale, path)
    with path.open("rb") as lines:  # gigabytes: not all of it twice
        return [line.rstrip(b"\n") for line in islice(lines, most)]


def _simulate(scenario: str, scale: float, path: Path) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.ndjson")
    program = [str(Path(sys.executable).with_name("stillwatch")), "simulate", scenario]
    options = ["--scale", str(scale), "--out", str(unfinished), "--truth", str(path.with_suffix(".truth"))]
    subprocess.run([*program, *options], check=True)
    unfinished.rename(path)
