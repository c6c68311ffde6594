"""The report's plots: ROC near zero, exposure over time, a timeline per campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

import numpy as np

from streams.evaluate.exposure import Times
from streams.evaluate.metrics import Metrics
from streams.evaluate.records import Run, TruthRow
from streams.evaluate.report.svg import Axis, Mark, Point, Series, even_ticks, plot, thinned
from streams.evaluate.roc import Floats, roc

_LOWEST_RATE = 1e-5
_BINS = 96


def roc_plot(sides: Mapping[str, Floats], benign: Floats) -> Element:
    """Plot true against false positives with the false ones on a logarithmic scale from 0.001 %.

    Args:
        sides: Risks of the accounts of each group of campaign accounts, by label.
        benign: Risks of the benign accounts.
    """
    series = []
    for label, risks in sides.items():
        curve = roc(risks, benign)
        points = list(zip(curve.false_positive_rate.tolist(), curve.true_positive_rate.tolist(), strict=True))
        series.append(Series(label, thinned(points), step=True))
    return near_zero(series)


def near_zero(series: Sequence[Series]) -> Element:
    """Plot curves of (false-positive rate, true-positive rate) points; rates below 0.001 % are drawn there."""
    at = [(label, [(max(rate, _LOWEST_RATE), found) for rate, found in points]) for label, points, _ in series]
    series = [Series(label, points, step=True) for label, points in at]
    x = Axis(
        "false-positive rate", _LOWEST_RATE, 1, [(10.0**n, f"{10.0**n * 100:g} %") for n in range(-5, 1)], log=True
    )
    return plot("ROC near zero", x, _shares("true-positive rate"), series, [Mark(0.001, "0.1 %")])


def exposure_plot(metrics: Metrics, times: Mapping[str, Times]) -> Element:
    """Plot the share of each campaign's exchanges that had passed, against time; lines end at the first alert."""
    series, hours = [], 1.0
    for name, some in times.items():
        if not len(some):
            continue
        alert = metrics.actual[name].first_alert_ts
        passed = (some - some[0]) / 3.6e6
        seen = len(some) if alert is None else max(1, metrics.exposures[name].before)
        points = list(zip(passed[:seen].tolist(), (np.arange(1, seen + 1) / len(some)).tolist(), strict=True))
        series.append(Series(f"{name}{'' if alert is not None else ' (never found)'}", thinned(points), step=True))
        hours = max(hours, float(passed[seen - 1]))
    x = Axis("hours since its first exchange", 0, hours, even_ticks(0, hours, lambda value: f"{value:.1f}"))
    return plot("Exposure until the first alert", x, _shares("share of the campaign"), series)


def timeline_plot(name: str, times: Times, accounts: Sequence[str], run: Run, alert: int | None) -> Element:
    """Plot one campaign's exchanges over time and how many of its accounts were flagged by then, both as shares.

    Args:
        name: Of the true campaign.
        times: Of its exchanges, sorted, not empty.
        accounts: Its accounts.
        run: What was found.
        alert: Its first alert.
    """
    begin, end = int(times[0]), int(times[-1]) + 1
    counts, edges = np.histogram(times, bins=_BINS, range=(begin, end))
    busiest = max(int(counts.max()), 1)
    load = list(zip(edges[:-1].tolist(), (counts / busiest).tolist(), strict=True))
    flags = sorted(
        row.first_alert_ts
        for account in accounts
        if (row := run.accounts.get(account)) is not None
        and row.verdict == "campaign"
        and row.first_alert_ts is not None
    )
    found: list[Point] = [(begin, 0.0)]
    found += [(at, (number + 1) / len(accounts)) for number, at in enumerate(flags)]
    found.append((end, len(flags) / len(accounts)))
    series = [
        Series(f"load (peak {busiest:,} / {_duration((end - begin) / _BINS)})", load, step=True),
        Series("accounts flagged", thinned(found), step=True),
    ]
    x = Axis("", begin, end, even_ticks(begin, end, _moment))
    return plot(f"Timeline of {name}", x, _shares("share"), series, [Mark(alert, "first alert")] if alert else [])


def accounts_of(truth: Mapping[str, TruthRow]) -> dict[str, list[str]]:
    """Return the accounts of each true campaign."""
    found: dict[str, list[str]] = {}
    for account, row in truth.items():
        if row.campaign is not None:
            found.setdefault(row.campaign, []).append(account)
    return found


def _shares(title: str) -> Axis:
    return Axis(title, 0, 1, even_ticks(0, 1, lambda value: f"{value:.0%}"))


def _moment(ms: float) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%d %b %H:%M")


def _duration(ms: float) -> str:
    return f"{ms / 60_000:.0f} min" if ms < 3.6e6 else f"{ms / 3.6e6:.1f} h"
