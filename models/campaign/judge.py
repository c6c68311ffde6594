"""Is this group one operation? Evidence of all detections, weighed against the user's false-alarm budget.

Within a kind, measurements are related and their scores are pooled; between kinds they are independent under the null
and their wealth multiplies. A group is looked at again as it grows, each time with a share of its coin, so the
expected wealth of a benign group is at most 1 *whenever* one looks, and the probability that it ever reaches wealth W
at most that over W. With the wealth that groups make in a month, the budget of false alarms gives the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite, log, prod

from models.campaign.calibration import Calibration
from models.detections.case import Case
from models.detections.detection import Detection, Measurement
from models.evidence import Kind, joint_wealth, look_share
from models.links import LinkKind
from models.policy import Policy
from models.population import Reference

# A group whose second kind of evidence is worth more than this teaches nobody what is ordinary.
SUSPICIOUS = 1.5
# From so many members on, what a detection measures depends on the group and hardly on its size.
LARGE = 32
DAY_MS = 86_400_000
MONTH_MS = 30 * DAY_MS
# What is known of the wealth of groups before any was seen: as if a day had passed, and five had had one unit each.
PRIOR_WEALTH, PRIOR_MS = 5.0, DAY_MS


@dataclass(frozen=True, slots=True)
class Finding:
    """What one detection found in one group.

    Attributes:
        detection, title, kind, facet, counted, cleared_by: Of the detection; only what is counted is evidence.
        measurement: With its score as it stands among ordinary groups here.
        uncalibrated: The score by the detection's own null model.
    """

    detection: str
    title: str
    kind: Kind
    facet: str
    counted: bool
    cleared_by: str
    measurement: Measurement
    uncalibrated: float


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
        confidence: In 0..1, of the alert: see `confidence`.
        learnt: The factor in `wealth` that labels of other campaigns and of accounts taught; 1 without labels.
    """

    ts: int
    findings: tuple[Finding, ...]
    kinds: dict[Kind, float]
    wealth: float
    threshold: float
    alert: bool
    risk: float
    confidence: float = 0.0
    learnt: float = 1.0


def threshold(policy: Policy, ordinary_wealth: float, span_ms: int) -> float:
    """Return the wealth an alert needs.

    Wealth w or more comes to benign groups at most as often as the wealth they have in all, over w (Markov). So the
    threshold that keeps a budget is the wealth that groups make in a month, over the budget. What they make is
    measured: `ordinary_wealth` (`models.campaign.ordinary`) in `span_ms` of event time.

    >>> threshold(Policy(false_alarms_per_month=2.0), 95.0, MONTH_MS - DAY_MS)
    50.0
    """
    monthly = (PRIOR_WEALTH + ordinary_wealth) * MONTH_MS / (PRIOR_MS + span_ms)
    return monthly / policy.false_alarms_per_month


def judge(
    case: Case,
    reference: Reference,
    calibration: Calibration,
    policy: Policy,
    needed: float,
    look: int,
    catalogue: Sequence[Detection],
) -> Opinion:
    """Weigh what `catalogue` finds in one group, at look number `look` (from 1), against the wealth `needed`."""
    findings = _findings(case, reference, calibration, catalogue)
    kinds = _wealth_by_kind(findings)
    plain = Opinion(case.ts, findings, kinds, prod(kinds.values()) * look_share(look), needed, alert=False, risk=0.0)
    return weighed(plain, 1.0, policy)


def weighed(opinion: Opinion, learnt: float, policy: Policy) -> Opinion:
    """Return an opinion with another factor learnt from labels; two kinds of evidence are needed whatever it is."""
    total = opinion.wealth / opinion.learnt * learnt
    alert = total >= opinion.threshold and has_two_kinds(opinion, policy)
    risk = _risk(total, opinion.threshold, alert=alert)
    sure = confidence(total, opinion.threshold, policy)
    return replace(opinion, wealth=total, alert=alert, risk=risk, confidence=sure, learnt=learnt)


def confidence(total: float, needed: float, policy: Policy) -> float:
    """Return the least share of right ones among alerts on so much evidence, at one true campaign a month.

    Benign groups reach wealth w at most as often a month as the wealth they make in one, over w: `threshold`. With one
    true campaign in that time, found with as much, one alert in 1 + wealth a month / w is wrong.

    >>> confidence(50.0, 50.0, Policy()), confidence(450.0, 50.0, Policy())
    (0.5, 0.9)
    """
    return total / (total + needed * policy.false_alarms_per_month)


def has_two_kinds(opinion: Opinion, policy: Policy) -> bool:
    """Return whether two kinds of evidence are each worth something, without which nothing alerts."""
    return sum(one >= policy.min_kind_evidence for one in opinion.kinds.values()) >= 2


def learn_ordinary(group: str, case: Case, opinion: Opinion, calibration: Calibration) -> None:
    """Let a group teach what is ordinary, unless it is under suspicion: two kinds of evidence speak against it.

    One kind alone, however strong, is how benign crowds look: users of one program, a class, a firm.
    """
    learn = sorted(opinion.kinds.values())[-2:-1] < [SUSPICIOUS]
    alike = _alike(case)
    for finding in opinion.findings:
        segment = finding.detection, *alike
        if learn:
            calibration.learn(segment, group, finding.uncalibrated)
        else:
            calibration.forget(segment, group)


def _findings(
    case: Case, reference: Reference, calibration: Calibration, catalogue: Sequence[Detection]
) -> tuple[Finding, ...]:
    found, alike = [], _alike(case)
    for detection in catalogue:
        measured = detection.measure(case, reference)
        if measured is not None and isfinite(measured.z):
            calibrated = measured.scored(calibration.calibrated((detection.id, *alike), measured.z))
            counted = detection.status == "stable"
            found.append(
                Finding(
                    detection.id,
                    detection.title,
                    detection.kind,
                    detection.facet,
                    counted,
                    detection.cleared_by,
                    calibrated,
                    measured.z,
                )
            )
    return tuple(sorted(found, key=lambda finding: -finding.measurement.z))


def _alike(case: Case) -> tuple[LinkKind, bool]:
    """Return the groups that one is compared with: held together alike, and as well known or as little."""
    return min(case.kinds), len(case.members) >= LARGE


def _wealth_by_kind(findings: Sequence[Finding]) -> dict[Kind, float]:
    scores: dict[tuple[Kind, str], list[float]] = {}
    for finding in findings:
        if finding.counted:
            scores.setdefault((finding.kind, finding.facet), []).append(finding.measurement.z)
    kinds: dict[Kind, float] = {}
    for (kind, _), some in scores.items():
        kinds[kind] = kinds.get(kind, 1.0) * joint_wealth(some)
    return kinds


def _risk(total: float, needed: float, *, alert: bool) -> float:
    """Map wealth to 0..1: half at the threshold, and never half without an alert."""
    ratio = log(max(total, 1.0)) / log(max(needed, 2.0))
    risk = ratio / (1.0 + ratio)
    return max(risk, 0.5) if alert else min(risk, 0.49)
