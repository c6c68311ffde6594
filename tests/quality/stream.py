"""A simulated stream in memory: event lines in order of time, and what is true about their accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from models.facts import AccountFacts
from streams.evaluate.records import TruthRow
from streams.sources.simulate.loading import load_scenario
from streams.sources.simulate.simulation import Simulation, accounts_of
from streams.sources.simulate.sketching import SIMULATION_KEY, sketching
from tests.quality.plan import Plan

SLICE = 1_000


class Stream:
    """The events of one plan; they can be drawn once."""

    def __init__(self, plan: Plan, data: Path = Path()) -> None:
        scenario = load_scenario(plan.scenario)
        self.most_accounts = sum(accounts_of(scenario, plan.scale).values())
        self._simulation = Simulation(scenario, scale=plan.scale, seed=plan.seed, data=data)
        self.facts = msgspec.convert(self._simulation.facts(), list[AccountFacts])

    def slices(self) -> Iterator[list[bytes]]:
        """Yield event lines by the thousand, as a worker fetches them."""
        sketch, encode = sketching(SIMULATION_KEY), msgspec.json.Encoder().encode
        for drafts in self._simulation.slices():
            lines = [encode(event) for event in sketch(drafts)]
            for start in range(0, len(lines), SLICE):
                yield lines[start : start + SLICE]

    def truth(self) -> dict[str, TruthRow]:
        """Return what is true about the accounts that sent anything so far."""
        rows = msgspec.convert(list(self._simulation.truth()), list[TruthRow])
        return {row.account_id: row for row in rows}
