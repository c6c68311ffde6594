"""What is run: a shipped scenario at a scale and a seed."""

from __future__ import annotations

from typing import NamedTuple

# Every shipped scenario, at scales at which its pools have dozens of accounts, that take about 25 minutes together.
PLANS = (
    "look-alikes:0.5", "demo:0.5", "provider-day:0.5", "fixed-prompt:0.2", "varied-template:0.3", "lockstep:0.4",
    "cleaner:0.5", "low-and-slow:0.05", "relay:0.2", "rubric-pool:0.2", "harvest:0.3", "camouflaged:0.5",
    "coercion:0.4", "three-labs:0.2", "pool-switch:0.1", "shared-proxy:0.3", "viral-harness:0.3", "release-day:0.3",
    "probe-then-scale:0.2", "patient:0.3", "frog-boiling:0.3", "real-prompts:0.4",
)  # fmt: skip


class Plan(NamedTuple):
    """What to simulate.

    >>> str(Plan.of("provider-day:0.5", seed=51))
    'provider-day:0.5:51'
    """

    scenario: str
    scale: float
    seed: int

    @classmethod
    def of(cls, text: str, seed: int) -> Plan:
        """Read `SCENARIO[:SCALE[:SEED]]`; `seed` where it names none."""
        scenario, scale, own = [*text.split(":"), "", ""][:3]
        return cls(scenario, float(scale or 1.0), int(own or seed))

    def __str__(self) -> str:
        return f"{self.scenario}:{self.scale:g}:{self.seed}"
