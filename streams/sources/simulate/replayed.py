"""Gaps between real requests, read from a file of arrival times."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.sources.compressed import open_bytes
from streams.sources.simulate.loading import ScenarioError
from streams.sources.simulate.scenario import Activity


def replayed_gaps(activity: Activity, data: Path) -> NDArray[np.float64] | None:
    """Return the gaps between the arrivals in `replay_file`, scaled to a mean of 1; None when nothing is replayed.

    Raises:
        ScenarioError: The file is missing, or has no such column, or fewer than two times.
    """
    if activity.replay_file is None:
        return None
    path = data / activity.replay_file
    if not path.is_file():
        raise ScenarioError(
            f"activity.replay_file = {activity.replay_file!r}: no file {path}; give its folder with --data"
        )
    try:
        times = np.sort(np.array([_seconds(value) for value in _column(path, activity.replay_column)]))
    except (KeyError, ValueError, msgspec.MsgspecError) as error:
        raise ScenarioError(
            f"activity.replay_column = {activity.replay_column!r}: {path} has no such column of times ({error})"
        ) from error
    gaps = np.diff(times)
    if not len(gaps) or gaps.sum() <= 0:
        raise ScenarioError(f"activity.replay_file = {activity.replay_file!r}: fewer than two arrival times in {path}")
    return np.asarray(gaps / gaps.mean())


def _column(path: Path, column: str) -> list[object]:
    with open_bytes(path) as lines:
        if ".csv" in path.suffixes:
            return [row[column] for row in csv.DictReader(io.TextIOWrapper(lines, "utf-8"))]
        return [msgspec.json.decode(line, type=dict[str, object])[column] for line in lines]


def _seconds(value: object) -> float:
    """Return a time as seconds: a number, or a date and time."""
    try:
        return float(str(value))
    except ValueError:
        return datetime.fromisoformat(str(value)).timestamp()
