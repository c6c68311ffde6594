"""Whether prompts share template keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from models.sketch import Message, Prompt, Sketcher

KEY = b"a key for tests, of enough bytes"
OTHER_KEY = b"another key for tests, as long.."
# A key that so many prompts share says nothing, and the links agent gives it no weight.
COMMON = 0.01


def prompt(system: str, user: str) -> Prompt:
    """A conversation of one turn."""
    return Prompt.of([Message("system", system), Message("user", user)])


def keys_of(prompts: Sequence[Prompt], key: bytes = KEY) -> list[frozenset[str]]:
    """The template keys of each prompt."""
    return [frozenset(sketch.templates) for sketch in Sketcher(key).sketch_many(prompts)]


def share(one: Prompt, other: Prompt) -> bool:
    """Whether two prompts have a key in common."""
    first, second = keys_of([one, other])
    return bool(first & second)


def rare(keys: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """The same without the keys that more than 1 % of the prompts have."""
    counts = Counter(key for own in keys for key in own)
    common = {key for key, count in counts.items() if count > COMMON * len(keys)}
    return [own - common for own in keys]


def colliding(keys: Sequence[frozenset[str]]) -> set[tuple[int, int]]:
    """The pairs of prompts, by position, that have a key in common."""
    owners: dict[str, list[int]] = {}
    for position, own in enumerate(keys):
        for key in own:
            owners.setdefault(key, []).append(position)
    return {pair for positions in owners.values() for pair in combinations(positions, 2)}
