"""The benchmark that docs/scaling.md quotes: kept in the project, so that the page can be held to it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.bench.figures import DETAILS, FILE, Details, Figures

KEPT = Path(__file__).with_name("kept.json")


class Kept(msgspec.Struct):
    """`tests/bench/kept.json`: both files of a run."""

    figures: Figures
    details: Details


def kept() -> Kept:
    """Return the benchmark that is kept."""
    return msgspec.json.decode(KEPT.read_bytes(), type=Kept)


def keep() -> None:
    """Keep the benchmark that ran last."""
    latest = Kept(
        msgspec.json.decode(FILE.read_bytes(), type=Figures), msgspec.json.decode(DETAILS.read_bytes(), type=Details)
    )
    KEPT.write_bytes(msgspec.json.format(msgspec.json.encode(latest), indent=1) + b"\n")
