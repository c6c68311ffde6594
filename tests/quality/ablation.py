"""What each detection and each kind of evidence adds: conclusions with one of them left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from models.detections.catalogue import detections
from models.detections.detection import Detection
from models.evidence import Kind
from streams.evaluate.exposure import Times
from streams.evaluate.metrics import measure
from streams.evaluate.records import TruthRow
from tests.quality.rehearsal import Step, as_run, conclude

FOUND = 0.5  # a campaign of which fewer accounts are flagged is missed


class Ablation(msgspec.Struct, frozen=True):
    """What came out without `without`: a detection's id and title, or a kind.

    Attributes:
        recall: Share of campaign accounts flagged.
        missed: Campaigns of which fewer than half of the accounts are flagged.
        benign_flagged: Benign accounts flagged.
        passed: Exchanges of all campaigns before their first alerts.
    """

    without: str
    recall: float
    missed: list[str]
    benign_flagged: int
    passed: int


def ablate(
    steps: Sequence[Step], counts: dict[str, int], truth: Mapping[str, TruthRow], times: Mapping[str, Times]
) -> list[Ablation]:
    """Conclude from `steps` with everything, then without each kind and each detection that is counted."""
    counted = [one for one in detections() if one.status == "stable"]
    rows = {"nothing": list(detections())}
    rows |= {f"all {kind} evidence": [one for one in counted if one.kind != kind] for kind in Kind}
    rows |= {f"{left.id} {left.title}": [one for one in counted if one is not left] for left in counted}
    return [_without(name, kept, steps, counts, truth, times) for name, kept in rows.items()]


def _without(
    name: str,
    kept: Sequence[Detection],
    steps: Sequence[Step],
    counts: dict[str, int],
    truth: Mapping[str, TruthRow],
    times: Mapping[str, Times],
) -> Ablation:
    metrics = measure(as_run(conclude(steps, catalogue=kept), counts), truth, times)
    by_campaign = {campaign: one.value or 0.0 for campaign, one in metrics.recall_by_campaign.items() if campaign}
    return Ablation(
        without=name,
        recall=metrics.recall.value or 0.0,
        missed=[campaign for campaign, recall in by_campaign.items() if recall < FOUND],
        benign_flagged=metrics.false_positive_rate.hits or 0,
        passed=sum(one.before for one in metrics.exposures.values()),
    )
