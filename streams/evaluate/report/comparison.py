"""Other detectors beside Stillwatch: the rows of the table, and their curves."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from streams.evaluate.baselines.comparison import Comparison
from streams.evaluate.report.plots import near_zero
from streams.evaluate.report.svg import Series

HEADER = ("detector", "found at Stillwatch's rate", "found at 0.1 %", "rate needed to find 95 %", "what it is")


def comparison_rows(compared: Comparison) -> list[tuple[str, str, str, str, str]]:
    """Return the cells of each row."""
    return [
        (
            one.name,
            f"{one.tpr_at_same_rate:.1%}",
            f"{one.tpr_at_low_rate:.1%}",
            f"{one.rate_at_high_recall:.2%}",
            one.about,
        )
        for one in compared.rows
    ]


def comparison_plot(compared: Comparison) -> Element:
    """Plot the curves of all detectors near zero."""
    return near_zero([Series(one.name, one.curve, step=True) for one in compared.rows])
