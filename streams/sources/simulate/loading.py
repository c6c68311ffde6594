"""Reads a scenario file: resolves `like` against the presets, checks it, and names what is wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from streams.sources.simulate.identities import CLIENTS, PLANS
from streams.sources.simulate.languages import knows
from streams.sources.simulate.networks import KINDS
from streams.sources.simulate.scenario import CORPUS, Ban, Population, Scenario

_PACKAGE = files("streams.sources.simulate")
Table = dict[str, Any]


class ScenarioError(ValueError):
    """A scenario cannot be used; the message names the file, the field and what to do."""


def shipped_scenarios() -> list[str]:
    """Name the scenarios that come with the package."""
    return sorted(file.name.removesuffix(".toml") for file in _PACKAGE.joinpath("scenarios").iterdir())


def load_scenario(name_or_path: str) -> Scenario:
    """Return the shipped scenario of that name, or the one in that file.

    Raises:
        ScenarioError: There is no such scenario, or it breaks a rule of `docs/scenarios.md`.
    """
    return parse_scenario(_read(name_or_path), source=name_or_path)


def parse_scenario(text: str, *, source: str) -> Scenario:
    """Return the scenario in `text`; `source` is named in errors.

    Raises:
        ScenarioError: As for `load_scenario`.
    """
    try:
        table = tomllib.loads(text)
        stated = table.setdefault("population", [])
        if isinstance(stated, list):
            populations = [_with_preset(one, source) for one in stated]
            table["population"] = populations + _crowd(table.get("crowd", ()), populations, source)
        scenario = msgspec.convert(table, Scenario)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{source}: not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{source}: {error}; docs/scenarios.md lists every knob") from error
    _check(scenario, source)
    return scenario


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> Table:
    """Return `base` overridden by `over`: inner tables are merged, except weights and everything else, which replace.

    >>> merged({"activity": {"rate": 1, "turns": 2}, "name": "a"}, {"activity": {"rate": 3}})
    {'activity': {'rate': 3, 'turns': 2}, 'name': 'a'}
    """
    result = dict(base)
    for key, value in over.items():
        inner = key in ("activity", "identity", "behaviour")
        result[key] = merged(result.get(key, {}), value) if inner and isinstance(value, dict) else value
    return result


@cache
def presets() -> dict[str, Table]:
    """Return every preset by name: the personas and campaigns that scenarios refer to with `like`."""
    found: dict[str, Table] = {}
    for file in sorted(_PACKAGE.joinpath("presets").iterdir(), key=lambda one: one.name):
        found |= tomllib.loads(file.read_text("utf-8"))
    return found


def _read(name_or_path: str) -> str:
    path = Path(name_or_path)
    if path.suffix == ".toml":
        if not path.is_file():
            raise ScenarioError(f"scenario file {name_or_path!r} does not exist")
        return path.read_text("utf-8")
    if name_or_path not in shipped_scenarios():
        known = ", ".join(shipped_scenarios())
        raise ScenarioError(f"no scenario named {name_or_path!r}: give a path ending in .toml, or one of {known}")
    return _PACKAGE.joinpath("scenarios", f"{name_or_path}.toml").read_text("utf-8")


def _with_preset(population: Table, source: str) -> Table:
    like = population.get("like")
    if like is None:
        return population
    if like not in presets():
        raise ScenarioError(
            f"{source}: population {population.get('name')!r}: like = {like!r} is no preset; known:"
            f" {', '.join(presets())}"
        )
    return merged(presets()[like], {"name": like, **population})


def _crowd(crowd: object, populations: list[Table], source: str) -> list[Table]:
    """Return the personas that `crowd` adds to the populations that are there."""
    weighted = [name for name, preset in presets().items() if "weight" in preset]
    names = weighted if crowd == "everyone" else crowd
    if not isinstance(names, (list, tuple)):
        return []  # of a wrong type, which the schema reports
    present = [one.get("name") for one in populations]
    return [_with_preset({"like": name, "name": name}, source) for name in names if name not in present]


def _check(scenario: Scenario, source: str) -> None:
    """Check what a type cannot say."""
    if not scenario.population:
        raise ScenarioError(f"{source}: no population; add [[population]] tables, or crowd = 'everyone'")
    names = [one.name for one in scenario.population]
    for name in names:
        if names.count(name) > 1:
            raise ScenarioError(f"{source}: two populations are named {name!r}; give each `name` once")
    for population in scenario.population:
        for problem in _problems(population, scenario):
            raise ScenarioError(f"{source}: population {population.name!r}: {problem}")
    for event in scenario.event:
        if isinstance(event, Ban) and event.population not in names:
            raise ScenarioError(f"{source}: event ban: population = {event.population!r} is not in the scenario")


def _problems(population: Population, scenario: Scenario) -> Iterator[str]:
    """Yield what is wrong with a population."""
    identity, activity = population.identity, population.activity
    if not population.prompts:
        yield "prompts is empty; give at least one"
    if population.accounts is None and (population.campaign or scenario.benign_ratio is None):
        yield "accounts is missing (campaigns need it, and others without benign_ratio)"
    if population.accounts is None and population.weight is None:
        yield "give accounts, or weight for a share of benign_ratio"
    if (activity.clock == "replay") != (activity.replay_file is not None):
        yield "activity.clock = 'replay' and activity.replay_file go together"
    known = {"networks": KINDS, "clients": tuple(CLIENTS), "plans": tuple(PLANS)}
    for field, names in known.items():
        for name in set(getattr(identity, field)) - set(names):
            yield f"identity.{field}: {name!r} is unknown; known: {', '.join(names)}"
    if "proxy" in identity.networks and identity.proxy is None:
        yield "identity.proxy is missing: name the proxy network, so that others may share it"
    yield from _unknown_rules(population)


def _unknown_rules(population: Population) -> Iterator[str]:
    for prompt in population.prompts:
        for rule in (prompt.body, prompt.follow, prompt.reply, prompt.frame):
            if rule is not None and not rule.startswith(CORPUS) and not knows(rule):
                yield f"prompts: no grammar rule {rule!r}"
