"""Stillwatch beside the baselines, on the same accounts and at the same rates of false alarms."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.evaluate.baselines.baseline import Baseline
from streams.evaluate.baselines.mmd import AccountWindows, PooledWindows
from streams.evaluate.baselines.repetition import Repetition
from streams.evaluate.baselines.trees import Trees
from streams.evaluate.baselines.volume import Volume
from streams.evaluate.records import Run, TruthRow
from streams.evaluate.report.svg import Point, thinned
from streams.evaluate.roc import Floats, roc, threshold_at, tpr_at
from streams.evaluate.traffic import Traffic

BASELINES: tuple[Baseline, ...] = (Trees(), Volume(), Repetition(), AccountWindows(), PooledWindows())
LOW_RATE, HIGH_RECALL = 0.001, 0.95


class Compared(msgspec.Struct, frozen=True):
    """One detector.

    Attributes:
        name, about: Of it.
        tpr_at_same_rate: Campaign accounts found when as few benign ones are flagged as by Stillwatch's verdicts.
        tpr_at_low_rate: The same at 0.1 %.
        rate_at_high_recall: Benign accounts that have to be flagged to find 95 % of the campaign accounts.
        curve: False against true positives, thinned.
    """

    name: str
    about: str
    tpr_at_same_rate: float
    tpr_at_low_rate: float
    rate_at_high_recall: float
    curve: list[Point]


class Comparison(msgspec.Struct, frozen=True):
    """All of them; `accounts` and `campaign_accounts` were sampled, `same_rate` is Stillwatch's."""

    accounts: int
    campaign_accounts: int
    same_rate: float
    rows: list[Compared]


def compare(run: Run, truth: Mapping[str, TruthRow], traffic: Traffic) -> Comparison | None:
    """Return Stillwatch (first) and each baseline on the accounts of `traffic`; None without accounts of both sides."""
    benign = np.array([truth[account].label == "benign" for account in traffic.accounts], dtype=np.bool_)
    if benign.all() or not benign.any():
        return None
    seen = [run.accounts.get(account) for account in traffic.accounts]
    flagged = np.array([row is not None and row.verdict == "campaign" for row in seen])
    # A verdict comes before any risk without one, as an analyst would take them.
    own = np.array([row.risk if row is not None else 0.0 for row in seen]) + flagged
    same = float(flagged[benign].mean())
    rows = [_compared("Stillwatch", "pooled evidence on linked accounts", own, benign, same)]
    rows += [_compared(one.name, one.about, one.scores(traffic, benign), benign, same) for one in BASELINES]
    return Comparison(len(benign), int((~benign).sum()), same, rows)


def _compared(name: str, about: str, scores: Floats, benign: NDArray[np.bool_], same: float) -> Compared:
    campaign, others = scores[~benign], scores[benign]
    curve = roc(campaign, others)
    enough = curve.true_positive_rate >= HIGH_RECALL
    return Compared(
        name,
        about,
        float(np.mean(campaign >= threshold_at(others, same))),
        tpr_at(campaign, others, LOW_RATE),
        float(curve.false_positive_rate[enough].min()),
        thinned(list(zip(curve.false_positive_rate.tolist(), curve.true_positive_rate.tolist(), strict=True))),
    )
