"""Is this group one operation? Evidence of all detections, weighed against the user's false-alarm budget.

Within a kind, measurements are related and their scores are pooled; between kinds they are independent under
the null and their wealth multiplies. A group is looked at again as it grows, each time with a share of its
coin, so the probability that a benign group *ever* reaches wealth W is at most 1/W. With G groups judged per
month and a budget of B false alarms per month, the threshold is therefore G/B.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, prod

from models.detections.case import Case
from models.detections.catalogue import detections
from models.detections.detection import Measurement
from models.evidence import Kind, joint_wealth, look_share
from models.policy import Policy
from models.population import Reference

MONTH_MS = 30 * 86_400_000
# A stream of an hour tells little of how many groups a month will bring; a large provider sees at least this
# many.
LEAST_GROUPS_PER_MONTH = 1000.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one detection found in one group."""

    detection: str
    title: str
    kind: Kind
    counted: bool
    cleared_by: str
    measurement: Measurement


@dataclass(frozen=True, slots=True)
class Opinion:
    """The outcome of one look at a group.

    Attributes:
        ts: Event time of the look, epoch ms.
        findings: All measurements, most telling first.
        kinds: Wealth per kind of evidence.
        wealth: Of all kinds together, after the share of this look.
        threshold: What `wealth` must reach.
        alert: Whether it does, with two kinds of evidence.
        risk: In 0..1; at least 0.5 exactly when `alert`.
    """

    ts: int
    findings: tuple[Finding, ...]
    kinds: dict[Kind, float]
    wealth: float
    threshold: float
    alert: bool
    risk: float


def threshold(policy: Policy, groups: int, span_ms: int) -> float:
    """Return the wealth an alert needs, from `groups` judged in `span_ms` of event time.

    >>> threshold(Policy(false_alarms_per_month=2.0), 0, 0)
    500.0
    """
    monthly = groups * MONTH_MS / max(span_ms, 86_400_000)
    return max(monthly, LEAST_GROUPS_PER_MONTH) / policy.false_alarms_per_month


def judge(case: Case, reference: Reference, policy: Policy, needed: float, look: int) -> Opinion:
    """Weigh all evidence on one group, at look number `look` (from 1), against the wealth `needed`."""
    findings = _findings(case, reference)
    kinds = _wealth_by_kind(findings)
    total = prod(kinds.values()) * look_share(look)
    strong = sum(one >= policy.min_kind_evidence for one in kinds.values())
    alert = total >= needed and strong >= 2
    return Opinion(case.ts, findings, kinds, total, needed, alert, _risk(total, needed, alert=alert))


def _findings(case: Case, reference: Reference) -> tuple[Finding, ...]:
    found = []
    for detection in detections():
        measurement = detection.measure(case, reference)
        if measurement is not None:
            counted = detection.status == "stable"
            found.append(
                Finding(
                    detection.id,
                    detection.title,
                    detection.kind,
                    counted,
                    detection.cleared_by,
                    measurement,
                )
            )
    return tuple(sorted(found, key=lambda finding: -finding.measurement.z))


def _wealth_by_kind(findings: Sequence[Finding]) -> dict[Kind, float]:
    scores: dict[Kind, list[float]] = {}
    for finding in findings:
        if finding.counted:
            scores.setdefault(finding.kind, []).append(finding.measurement.z)
    return {kind: joint_wealth(some) for kind, some in scores.items()}


def _risk(total: float, needed: float, *, alert: bool) -> float:
    """Map wealth to 0..1: half at the threshold, and never half without an alert."""
    ratio = log(max(total, 1.0)) / log(max(needed, 2.0))
    risk = ratio / (1.0 + ratio)
    return max(risk, 0.5) if alert else min(risk, 0.49)
