"""Figures of a benchmark: medians with their spread, shown as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.bench.traffic import FOLDER

FILE = FOLDER.parent / "bench.json"


def show(title: str, unit: str, runs: Mapping[str, Sequence[float]], floor: float | None = None) -> None:
    """Print the median, least and most of each row's runs, and the median's ratio to `floor`."""
    table = Table(title=title)
    for heading, side in (("", "left"), (f"{unit}, median", "right"), ("least", "right"), ("most", "right")):
        table.add_column(heading, justify=side)  # type: ignore[arg-type]
    if floor is not None:
        table.add_column("to floor", justify="right")
    for name, values in runs.items():
        middle = median(values)
        ratio = [f"{middle / floor:.1f}"] if floor is not None else []
        table.add_row(name, f"{middle:.2f}", f"{min(values):.2f}", f"{max(values):.2f}", *ratio)
    Console().print(table)
