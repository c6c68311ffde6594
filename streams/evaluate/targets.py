"""What the project aims at, and whether it was reached."""

from __future__ import annotations

import msgspec

from streams.evaluate.intervals import Estimate
from streams.evaluate.metrics import Metrics

# The targets of the design, on default settings and without tuning to a scenario.
FALSE_POSITIVES, WORST_PERSONA, RECALL, PURITY, COMPLETENESS = 0.001, 0.01, 0.95, 0.99, 0.95


class Target(msgspec.Struct, frozen=True):
    """One target: what it is about, what was aimed at, what was seen, and whether that is enough."""

    what: str
    aim: str
    seen: str
    met: bool


def targets_of(metrics: Metrics) -> list[Target]:
    """Return every target that can be judged from `metrics`."""
    judged = [
        _at_least("recall", metrics.recall, RECALL),
        _at_most("false-positive rate", metrics.false_positive_rate, FALSE_POSITIVES),
        _worst_persona(metrics),
        _at_least("found by risk at 0.1 % false positives", metrics.tpr_at_low_fpr, RECALL),
        _at_least("purity", metrics.purity, PURITY),
        _at_least("completeness", metrics.completeness, COMPLETENESS),
        _exposure(metrics),
    ]
    return [one for one in judged if one is not None]


def _at_least(what: str, seen: Estimate, aim: float) -> Target | None:
    if seen.value is None:
        return None
    return Target(what, f">= {aim:.0%}", f"{seen.value:.2%}", seen.value >= aim)


def _at_most(what: str, seen: Estimate, aim: float) -> Target | None:
    if seen.value is None:
        return None
    return Target(what, f"<= {aim:.1%}", f"{seen.value:.3%}", seen.value <= aim)


def _worst_persona(metrics: Metrics) -> Target | None:
    rates = {name: one for name, one in metrics.false_positive_rate_by_persona.items() if one.value is not None}
    if not rates:
        return None
    name = max(rates, key=lambda one: rates[one].value or 0.0)
    named = f" ({name})" if rates[name].value else ""
    return _at_most(f"false-positive rate of the worst persona{named}", rates[name], WORST_PERSONA)


def _exposure(metrics: Metrics) -> Target | None:
    if not metrics.exposures:
        return None
    late = [name for name, one in metrics.exposures.items() if not one.within_target]
    seen = f"beyond for {', '.join(late)}" if late else "within for all"
    return Target("exposure", "<= 1 % or 1,000 exchanges of each campaign", seen, not late)
