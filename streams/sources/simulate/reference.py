"""The page about scenarios: what a file may say, and what comes with the package.

`python -m streams.sources.simulate.reference` prints it; `make schema` writes it to `docs/scenarios.md`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable
from typing import Any

import msgspec

from models.typedoc import attributes_of
from streams.sources.simulate.grammar import shipped_grammar
from streams.sources.simulate.identities import CLIENTS, PLANS
from streams.sources.simulate.languages import LANGUAGES
from streams.sources.simulate.loading import load_scenario, presets, shipped_scenarios
from streams.sources.simulate.networks import KINDS
from streams.sources.simulate.scenario import Activity, Ban, Behaviour, Identity, Population, Prompt, Release, Scenario

_HEAD = """# Scenarios

<!-- Written by `make schema` from streams/sources/simulate; edit there. -->

`stillwatch simulate SCENARIO` writes labelled traffic: what accounts of many kinds send, with the truth about each
beside it. SCENARIO is one of the names below, or a TOML file of your own:

```toml
name = "mine"
about = "A grading campaign on rented servers, among everybody else."
days = 2
crowd = "everyone"     # every persona below, by its weight
benign_ratio = 64      # benign accounts for each account of a campaign

[[population]]
name = "graders"
like = "rubric-pool"   # a preset, of which some knobs are turned
campaign = "graders"
accounts = 80
activity = { rate = 20 }
identity = { networks = { cloud = 1.0 }, accounts_per_payment = 12 }

[[event]]
kind = "ban"
day = 1.5
population = "graders"
share = 0.5
```

The same seed gives the same file. `--scale` multiplies the number of accounts and leaves their rates alone.

What it is, and what it is not:

- Nobody outside publishes traffic with account labels, so this is planted truth. Rates per account and day of the
  campaigns are as reported; everything else about them, and the personas, is a guess that is meant to be hard.
- Both sides are written with the same knobs and rendered by the same code. Account ids say nothing. Truth lists
  only accounts that sent something, since nobody else can be judged; its `corpus` names the source of their text.
- Prompts come from grammars of nine languages, written for this project, or from files (`corpus:`). They are as
  diverse to the sketch as real ones: two chat prompts share a template key in 0.5 of 10,000 pairs (3 in the real
  chats that we looked at). Their sentences make little sense; no model reads them.
- A stand-in for an ingest classifier sets `signals`: it misses some, and errs on 0.4 % of ordinary prompts.
"""


def scenarios_page() -> str:
    """Return `docs/scenarios.md`."""
    sections = [
        _HEAD,
        "## Scenarios that come with Stillwatch\n",
        _table(("name", "days", "what happens"), map(_scenario_row, shipped_scenarios())),
        "## Presets for `like`\n",
        _table(("preset", "side", "exchanges per account and day", "first prompt"), map(_preset_row, presets())),
        "## The file\n",
        _knobs(Scenario),
        *[f"## {title}\n\n{_lead(struct)}\n\n{_knobs(struct)}" for title, struct in _TABLES.items()],
        f"## Names\n\n- Networks: {_names(KINDS)}\n- Clients: {_names(CLIENTS)}\n- Plans: {_names(PLANS)}\n"
        f"- Languages: {_names(LANGUAGES)} (`chat` is English)\n- Topics: {_names(shipped_grammar().topics)}\n",
    ]
    return "\n".join(sections)


_TABLES: dict[str, type[msgspec.Struct]] = {
    "`[[population]]`": Population,
    "`activity`": Activity,
    "`prompts`": Prompt,
    "`identity`": Identity,
    "`behaviour`": Behaviour,
    '`[[event]]` with `kind = "release"`': Release,
    '`[[event]]` with `kind = "ban"`': Ban,
}


def _scenario_row(name: str) -> tuple[str, str, str]:
    scenario = load_scenario(name)
    return f"`{name}`", f"{scenario.days:g}", scenario.about


def _preset_row(name: str) -> tuple[str, str, str, str]:
    preset = msgspec.convert(presets()[name] | {"name": name}, Population)
    first = preset.prompts[0]
    text = f"`{first.frame}` around `{first.body}`" if first.frame else f"`{first.body}`"
    return f"`{name}`", "campaign" if preset.campaign else "benign", f"{preset.activity.rate:g}", text


def _lead(struct: type[msgspec.Struct]) -> str:
    return (inspect.getdoc(struct) or "").partition("\n\nAttributes:")[0]


def _knobs(struct: type[msgspec.Struct]) -> str:
    meanings = attributes_of(struct)
    rows = [(f"`{field.name}`", _default(field), meanings[field.name]) for field in msgspec.structs.fields(struct)]
    return _table(("knob", "default", "meaning"), rows)


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value: Any = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if isinstance(value, dict):
        return ", ".join(f"{name} {weight:g}" for name, weight in value.items())
    if isinstance(value, msgspec.Struct) or (isinstance(value, tuple) and value):
        return "as below"
    return {None: "none", (): "none", True: "yes", False: "no"}.get(value, f"`{value}`")


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(scenarios_page())
