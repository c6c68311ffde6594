"""The outcome of one check of the doctor."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"  # works, but somebody may want it otherwise
    FAIL = "FAIL"


class Check(NamedTuple):
    """One row of the doctor's table: what was looked at, how it is, what was seen, and what to do about it."""

    name: str
    state: State
    seen: str
    advice: str = ""
