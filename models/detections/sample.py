"""Cases of a detection in a few words: a group that it must see, and groups like it that it must leave alone.

A sample is a group of people, drawn from a fixed crowd with habits of their own, of whom something is said otherwise:
`fires("…", tls=0)`, `stays("…", output_mean=around(5.0, 0.6))`. A value is a number for all members, or a `Draw` of
one for each. The names are the columns of `models.sighting.OWNER`, and those of `HABITS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.detections.case import Case
from models.links import LinkKind
from models.population import Reference
from models.sighting import OWNER, SIGHTING, Owners
from models.unusual import Unusual

DAY_MS = 86_400_000
_COLUMNS = OWNER.names or ()
NOW = 1_790_000_000_000
MEMBERS, CROWD = 40, 800
PROMPTS = 16  # of an account, from which its content and cohesion are
Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]
COUNTED = {"openings": "one_shot", "signals": "signal", "refused": "refusals", "ip_moves": "moves"}
# Said in place of columns that follow from each other.
HABITS = {
    "requests": "number of requests",
    "rate": "requests per day",
    "one_shot": "share of requests that open a conversation",
    "signal": "share of requests with a distillation signal",
    "refusals": "share of requests that are refused",
    "moves": "changes of network per request",
    "plan_use": "tokens per day over what the plan allows",
    "born": "days from creation to the first request",
    "quiet": "days since the last request",
    "subjects": "how far an account's prompts are from those of others; 0 = all are off one queue",
    "awake": "hours of the day that are used",
    "together": "1 where all are active in the same minutes",
    "dedication": "share of conversations on the link that the group shares",
}


class Sample(NamedTuple):
    """One case.

    Attributes:
        what: Who they are, for the reference page.
        fires: Whether the detection must see them: a p-value below 5 %.
        said: What differs from people, by column or habit.
        members: How many.
        kinds: What they share.
    """

    what: str
    fires: bool
    said: Mapping[str, float | Draw]
    members: int = MEMBERS
    kinds: tuple[LinkKind, ...] = (LinkKind.TEMPLATE,)

    def case(self) -> Case:
        """Return the group as a detection is shown it; the same at each call."""
        rows = np.zeros(self.members, SIGHTING)
        said = dict(self.said)
        share = _drawn(said.pop("dedication", 0.4), np.random.default_rng(1), self.members)
        rows["owner"] = crowd(self.members, seed=2, **said)
        rows["link_events"] = np.round(share * rows["owner"]["openings"])
        return Case(rows, NOW, frozenset(self.kinds))


def fires(
    what: str, members: int = MEMBERS, kinds: tuple[LinkKind, ...] = (LinkKind.TEMPLATE,), **said: float | Draw
) -> Sample:
    """Return a case that must fire."""
    return Sample(what, fires=True, said=said, members=members, kinds=kinds)


def stays(
    what: str, members: int = MEMBERS, kinds: tuple[LinkKind, ...] = (LinkKind.TEMPLATE,), **said: float | Draw
) -> Sample:
    """Return a case that must not fire."""
    return Sample(what, fires=False, said=said, members=members, kinds=kinds)


def around(middle: float, sigma: float) -> Draw:
    """Return a draw of normal deviation `sigma`."""
    return lambda rng, n: middle + sigma * rng.normal(size=n)


def times(middle: float, sigma: float) -> Draw:
    """Return a draw that differs by factors: `sigma` is the deviation of its logarithm."""
    return lambda rng, n: middle * np.exp(sigma * rng.normal(size=n))


def within(low: float, high: float) -> Draw:
    """Return a uniform draw."""
    return lambda rng, n: rng.uniform(low, high, n)


def one_of(kinds: int) -> Draw:
    """Return one of so many kinds, by chance."""
    return lambda rng, n: rng.integers(1, kinds + 1, n).astype(np.float64)


def held_by(holders: int) -> Draw:
    """Return keys of which each is held by so many accounts, one after the other."""
    return lambda rng, n: (1_000 + np.arange(n) // holders).astype(np.float64)


def some(share: float, value: float, otherwise: float = 0.0) -> Draw:
    """Return `value` for a share of the accounts, the first ones, and `otherwise` for the rest."""
    return lambda rng, n: np.where(np.arange(n) < share * n, value, otherwise).astype(np.float64)


# What people are like who are not spoken of.
USUAL: Mapping[str, Draw] = {
    "requests": times(24.0, 0.4),
    "rate": times(12.0, 1.0),
    "one_shot": within(0.1, 0.9),
    "signal": times(0.05, 0.5),
    "refusals": times(0.03, 0.5),
    "moves": within(0.0, 0.3),
    "plan_use": times(0.1, 1.2),
    "born": times(90.0, 1.8),
    "quiet": within(0.0, 3.0),
    "subjects": around(1.0, 0.0),
    "awake": within(4.0, 14.0),
    "together": around(0.0, 0.0),
    "tls": held_by(1),
    "payment": held_by(1),
    "signup": held_by(1),
    "gap_sd": around(2.0, 0.4),
    "gap_mean": around(4.5, 1.0),
    "output_mean": around(5.0, 0.8),
    "output_var": around(1.0, 0.0),
    "model": around(1.0, 0.0),
    "ip": held_by(1),
    "capability": one_of(6),
}


@cache
def people() -> Reference:
    """Return what accounts at large are like where the samples are from."""
    owners, unusual = crowd(CROWD, seed=0), Unusual()
    unusual.learn(owners)
    return Reference(owners, unusual)


def crowd(n: int, seed: int, **said: float | Draw) -> Owners:
    """Return `n` accounts (dtype `OWNER`), each with habits of its own but for what is `said`.

    Raises:
        ValueError: What is said is neither a column nor a habit.
    """
    for name in said:
        if name not in (*HABITS, *_COLUMNS):
            raise ValueError(f"{name!r} is no column of OWNER and no habit: {', '.join(HABITS)}")
    # What is drawn does not depend on what is said, so that saying one thing changes no other.
    habits = {
        name: _drawn(usual, np.random.default_rng([seed, at]), n) for at, (name, usual) in enumerate(USUAL.items())
    }
    habits |= {name: _drawn(value, np.random.default_rng([seed, 99]), n) for name, value in said.items()}
    rng, owners = np.random.default_rng([seed, 98]), np.zeros(n, OWNER)
    owners["account"] = owners["org"] = np.arange(1, n + 1) + 10_000 * seed
    requests, rate = np.round(habits["requests"]), habits["rate"]
    days = rng.gamma(np.maximum(requests - 1, 1.0)) / rate
    owners["events"], owners["gaps"] = requests, np.maximum(requests - 1, 0)
    owners["last"] = NOW - DAY_MS * habits["quiet"]
    owners["first"] = owners["last"] - DAY_MS * days
    owners["created"] = owners["first"] - DAY_MS * habits["born"]
    owners["model_since"] = owners["first"]
    owners["plan_tokens"] = 100_000
    owners["output_tokens"] = 100_000 * np.maximum(days, 1.0) * habits["plan_use"]
    for column, habit in COUNTED.items():
        owners[column] = np.round(np.clip(habits[habit], 0.0, 1.0) * requests)
    _set_content(owners, habits["subjects"], rng)
    _set_times(owners, habits["awake"], habits["together"], rng)
    for name, values in habits.items():
        if name in _COLUMNS:
            owners[name] = values
    return owners


def _set_content(owners: Owners, subjects: NDArray[np.float64], rng: np.random.Generator) -> None:
    """Let an account's prompts lie around a subject of its own."""
    n = len(owners)
    prompts = 0.5 + subjects[:, None, None] * rng.normal(size=(n, 1, 64)) + rng.normal(size=(n, PROMPTS, 64))
    prompts /= np.linalg.norm(prompts, axis=2, keepdims=True)
    total = prompts.sum(axis=1)
    squared = np.square(total).sum(axis=1)
    owners["contents"] = PROMPTS
    owners["cohesion"] = (squared - PROMPTS) / (PROMPTS * (PROMPTS - 1))
    owners["content"] = np.round(127 * total / np.sqrt(squared)[:, None])


def _set_times(
    owners: Owners, awake: NDArray[np.float64], together: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """Spread each account's requests over its waking hours, and give it minutes of its own, or everybody's."""
    hours = rng.random((len(owners), 24)).argsort(axis=1) < awake[:, None]
    owners["hours"] = np.where(hours, np.maximum(owners["events"] / np.maximum(awake, 1.0), 1.0)[:, None], 0.0)
    own, common = rng.integers(1, 60_000, size=(len(owners), 8)), np.arange(1, 9)
    owners["minutes"] = np.where(together[:, None] > 0, common, own)


def _drawn(value: float | Draw, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return value(rng, n) if callable(value) else np.full(n, float(value))
