"""The costs of an event as bars, in an SVG that refers to nothing outside."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

BAR, NAME, WIDTH = 22, 280, 420


def plot_costs(costs: Mapping[str, float]) -> str:
    """Return a bar per name, as long as its cost in microseconds.

    >>> plot_costs({"a": 1.0}).count("<rect")
    1
    """
    most = max(costs.values())
    bars = [
        f'<text x="{NAME - 8}" y="{BAR * at + 16}" text-anchor="end">{escape(name)}</text>'
        f'<rect x="{NAME}" y="{BAR * at + 4}" width="{WIDTH * cost / most:.1f}" height="{BAR - 6}" fill="#4575b4"/>'
        f'<text x="{NAME + WIDTH * cost / most + 6:.1f}" y="{BAR * at + 16}">{cost:.1f} us</text>'
        for at, (name, cost) in enumerate(costs.items())
    ]
    size = f'width="{NAME + WIDTH + 90}" height="{BAR * len(costs) + 8}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    return f"{head}{''.join(bars)}</svg>\n"
