"""How much of a campaign had passed when it was first reported."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.evaluate.matching import Actual
from streams.evaluate.records import Run, TruthRow

Times = NDArray[np.int64]

# The target: at most 1 % of the campaign, or 1,000 exchanges where that is more.
TARGET_SHARE, TARGET_EXCHANGES = 0.01, 1_000


class Exposure(msgspec.Struct, frozen=True):
    """What passed of one true campaign.

    Attributes:
        value: Share of its exchanges before the first alert; 1.0 when there was none.
        before, exchanges: The counts behind it.
        exact: Counted from event times; otherwise estimated from the counts that the run reports.
    """

    value: float
    before: int
    exchanges: int
    exact: bool

    @property
    def within_target(self) -> bool:
        """Whether it is at most 1 % of the campaign, or 1,000 exchanges where that is more."""
        return self.before <= max(TARGET_EXCHANGES, TARGET_SHARE * self.exchanges)


def exposures(
    actual: Mapping[str, Actual], run: Run, truth: Mapping[str, TruthRow], times: Mapping[str, Times] | None
) -> dict[str, Exposure]:
    """Return the exposure of each true campaign.

    Args:
        actual: The true campaigns.
        run: What was found.
        truth: By account.
        times: Sorted times of the exchanges of each true campaign, epoch milliseconds; None = not known.
    """
    if times is not None:
        none = np.zeros(0, dtype=np.int64)
        return {name: _counted(one, times.get(name, none)) for name, one in actual.items()}
    totals = dict.fromkeys(actual, 0)
    for account, row in truth.items():
        if row.campaign is not None and account in run.accounts:
            totals[row.campaign] += run.accounts[account].events
    return {name: _estimated(one, run, totals[name]) for name, one in actual.items()}


def _counted(actual: Actual, times: Times) -> Exposure:
    if actual.first_alert_ts is None:
        return Exposure(1.0, len(times), len(times), exact=True)
    before = int(np.searchsorted(times, actual.first_alert_ts, side="left"))
    return Exposure(before / len(times) if len(times) else 0.0, before, len(times), exact=True)


def _estimated(actual: Actual, run: Run, total: int) -> Exposure:
    """Take what the first found campaign reports to have passed at its first alert."""
    if actual.first_alert_ts is None:
        return Exposure(1.0, total, total, exact=False)
    first = next(
        one for one in run.campaigns if one.campaign_id in actual.found and one.first_alert_ts == actual.first_alert_ts
    )
    before = min(first.events_at_first_alert if first.events_at_first_alert is not None else total, total)
    return Exposure(before / total if total else 0.0, before, total, exact=False)
