"""What people watch of a worker: each with its metric, in `doctor`, and with an alert rule where one makes sense.

`infra/prometheus/rules.yml` has the rules and `docs/runbooks.md` what to do about each; a test holds all four together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

_SAMPLE = re.compile(r"^stillwatch_(\w+?)(?:\{[^}]*\})? (\S+)$", re.MULTILINE)


class Concern(NamedTuple):
    """One of them.

    Attributes:
        metric: Its name, without the prefix.
        combine: Makes one number of those of several partitions, topics or models.
        rule: The alert rule about it; None: it explains others.
        of: What the rule is made of where that is another metric.
    """

    metric: str
    combine: Callable[[Iterable[float]], float]
    rule: str | None = None
    of: str | None = None


CONCERNS = (
    Concern("alive", min, "StillwatchWorkerStuck"),
    Concern("checkpoint_age_seconds", max),
    Concern("checkpoint_seconds", max, "StillwatchCheckpointSlow"),
    Concern("lag_records", sum, "StillwatchLagGrows"),
    Concern("watermark_delay_seconds", max, "StillwatchWatermarkBehind"),
    Concern("dead_letter_ratio", max, "StillwatchDeadLetters", of="events_total"),
    Concern("poisoned_total", sum, "StillwatchPoison"),
    Concern("store_away_seconds", max, "StillwatchStoreAway"),
    Concern("store_pending_rows", sum),
    Concern("accounts", sum),
    Concern("accounts_on_disk", sum, "StillwatchMemoryTooSmall", of="cold_accounts_total"),
    Concern("link_owners", sum, "StillwatchLinksLarge"),
    Concern("state_bytes_total", sum),
    Concern("recovery_seconds", max),
    Concern("population", max, "StillwatchPopulationSmall"),
)


def concerns_in(text: str) -> dict[str, float]:
    r"""Return the value of each concern in what a worker shows to Prometheus, those left out that it does not have.

    >>> concerns_in('stillwatch_alive 1\nstillwatch_accounts{partition="0"} 2\nstillwatch_accounts{partition="1"} 3')
    {'alive': 1.0, 'accounts': 5.0}
    """
    values: dict[str, list[float]] = {}
    for name, value in _SAMPLE.findall(text):
        values.setdefault(name, []).append(float(value))
    return {one.metric: one.combine(values[one.metric]) for one in CONCERNS if one.metric in values}
