"""The metrics of contract section 6, as one value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import msgspec
import numpy as np

from streams.evaluate.exposure import Exposure, Times, exposures
from streams.evaluate.intervals import Estimate, bootstrap, proportion
from streams.evaluate.matching import Actual, Found, match_actual, match_found
from streams.evaluate.records import Run, TruthRow
from streams.evaluate.roc import Floats, threshold_at, tpr_at

LOW_RATE = 0.001


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """How good the verdicts were. Rates carry 95 % intervals: Wilson's for proportions, bootstrap for the others.

    Attributes:
        recall, recall_by_campaign: Campaign accounts with verdict `campaign`.
        false_positive_rate, ..._by_persona, ..._by_corpus: Benign accounts with verdict `campaign`.
        tpr_at_low_fpr: Share of campaign accounts flagged by risk when at most 0.1 % of the benign ones are.
        threshold_at_low_fpr: The risk at which that is so.
        purity: Mean over found campaigns, weighted by members; `found` has each.
        completeness: Mean over true campaigns, weighted by accounts; `actual` has each.
        exposure: Mean over true campaigns, weighted by exchanges; `exposures` has each.
        unseen: Accounts of the truth that the run does not know; they count as clear.
        unlabelled: Accounts of the run that the truth does not know; they count nowhere.
    """

    accounts: int
    recall: Estimate
    recall_by_campaign: dict[str, Estimate]
    false_positive_rate: Estimate
    false_positive_rate_by_persona: dict[str, Estimate]
    false_positive_rate_by_corpus: dict[str, Estimate]
    tpr_at_low_fpr: Estimate
    threshold_at_low_fpr: float | None
    purity: Estimate
    completeness: Estimate
    exposure: Estimate
    found: list[Found]
    actual: dict[str, Actual]
    exposures: dict[str, Exposure]
    unseen: int
    unlabelled: int


def measure(run: Run, truth: Mapping[str, TruthRow], times: Mapping[str, Times] | None) -> Metrics:
    """Return the metrics of `run` against `truth`.

    Args:
        run: What was written.
        truth: By account.
        times: Sorted times of the exchanges of each true campaign; None when they are not known, which makes
            exposure an estimate.
    """
    campaign, benign = risks(run, truth)
    found = match_found(run.campaigns, truth)
    actual = match_actual(run.campaigns, found, truth)
    passed = exposures(actual, run, truth, times)
    return Metrics(
        accounts=len(truth),
        recall=_flagged(run, truth, "campaign", lambda _: "")[""],
        recall_by_campaign=_flagged(run, truth, "campaign", lambda row: str(row.campaign)),
        false_positive_rate=_flagged(run, truth, "benign", lambda _: "")[""],
        false_positive_rate_by_persona=_flagged(run, truth, "benign", lambda row: row.persona or "unnamed"),
        false_positive_rate_by_corpus=_flagged(run, truth, "benign", lambda row: row.corpus or "unnamed"),
        tpr_at_low_fpr=bootstrap([campaign, benign], lambda some, others: tpr_at(some, others, LOW_RATE)),
        threshold_at_low_fpr=threshold_at(benign, LOW_RATE) if len(benign) else None,
        purity=_weighted([(one.purity, one.members) for one in found]),
        completeness=_weighted([(one.completeness, one.accounts) for one in actual.values()]),
        exposure=_weighted([(one.value, one.exchanges) for one in passed.values()]),
        found=found,
        actual=actual,
        exposures=passed,
        unseen=sum(account not in run.accounts for account in truth),
        unlabelled=sum(account not in truth for account in run.accounts),
    )


def risks(run: Run, truth: Mapping[str, TruthRow]) -> tuple[Floats, Floats]:
    """Return the risks of the campaign accounts, shape (n,), and of the benign ones, shape (m,); 0 where unseen."""
    sides: dict[str, list[float]] = {"campaign": [], "benign": []}
    for account, row in truth.items():
        seen = run.accounts.get(account)
        sides[row.label].append(seen.risk if seen else 0.0)
    return np.array(sides["campaign"]), np.array(sides["benign"])


def flagged(run: Run, account: str) -> bool:
    """Whether the verdict on `account` is `campaign`."""
    return account in run.accounts and run.accounts[account].verdict == "campaign"


def _flagged(
    run: Run, truth: Mapping[str, TruthRow], label: str, group: Callable[[TruthRow], str]
) -> dict[str, Estimate]:
    """Return the share of accounts with verdict `campaign` among those with `label`, by group; "" is always there."""
    totals: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for account, row in truth.items():
        if row.label == label:
            totals[group(row)] += 1
            hits[group(row)] += flagged(run, account)
    return {name: proportion(hits[name], totals[name]) for name in sorted(totals) or [""]}


def _weighted(pairs: list[tuple[float, int]]) -> Estimate:
    """Return the weighted mean of (value, weight) pairs; the interval resamples the pairs."""
    if not sum(weight for _, weight in pairs):
        return Estimate(None, None, None)
    values = np.array(pairs, dtype=np.float64)
    rows = np.arange(len(values), dtype=np.float64)

    def mean(chosen: Floats) -> float:
        picked = values[chosen.astype(np.int64)]
        return float(np.average(picked[:, 0], weights=picked[:, 1])) if picked[:, 1].sum() else 0.0

    return bootstrap([rows], mean)


def as_json(metrics: Metrics, compared: msgspec.Struct | None = None) -> bytes:
    """Return `metrics.json`: the contract's names, indented; with `baselines` where they were compared."""
    table = msgspec.to_builtins(metrics)
    table["tpr_at_fpr_0.001"] = table.pop("tpr_at_low_fpr")
    table["threshold_at_fpr_0.001"] = table.pop("threshold_at_low_fpr")
    if compared is not None:
        table["baselines"] = msgspec.to_builtins(compared)
    return msgspec.json.format(msgspec.json.encode(table), indent=2) + b"\n"
