"""Small simulations, drawn once for all tests."""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from streams.sources.simulate.loading import load_scenario, parse_scenario
from streams.sources.simulate.rendering import Draft
from streams.sources.simulate.scenario import Scenario
from streams.sources.simulate.simulation import Simulation

DAY = 86_400_000


class Drawn(NamedTuple):
    """Everything that a simulation gave."""

    scenario: Scenario
    drafts: tuple[Draft, ...]
    truth: dict[str, dict[str, Any]]
    facts: tuple[dict[str, Any], ...]

    def of(self, persona: str) -> list[Draft]:
        """The drafts of one persona or population."""
        return [one for one in self.drafts if self.truth[one.event["account_id"]]["persona"] == persona]

    def accounts(self, persona: str) -> list[str]:
        return [account for account, row in self.truth.items() if row["persona"] == persona]


def draw(scenario: Scenario, *, scale: float = 1.0, seed: int = 0, data: Path = Path()) -> Drawn:
    simulation = Simulation(scenario, scale=scale, seed=seed, data=data)
    facts = tuple(simulation.facts())
    drafts = tuple(draft for some in simulation.slices() for draft in some)
    return Drawn(scenario, drafts, {row["account_id"]: row for row in simulation.truth()}, facts)


@cache
def shipped(name: str, scale: float = 0.01, seed: int = 0) -> Drawn:
    return draw(load_scenario(name), scale=scale, seed=seed)


@cache
def written(text: str, seed: int = 0) -> Drawn:
    """The simulation of a scenario given as TOML, with name, about and days filled in where they are missing."""
    head = 'name = "test"\nabout = "a test"\n' + ("" if text.lstrip().startswith("days") else "days = 1\n")
    return draw(parse_scenario(head + text, source="test.toml"), seed=seed)
