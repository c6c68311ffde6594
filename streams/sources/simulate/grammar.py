"""Expands grammars: how the simulator writes prompts that nobody wrote before.

A grammar file is TOML with tables of rules, each a list of alternatives: `[chat] request = ["{chat.ask} {@thing}?"]`.
In an alternative, `{table.rule}` (or `{rule}` within its own table) is expanded, `{rule?30}` is there in 30 % of cases,
`{rule~}` is drawn from a pool of earlier expansions, `{@rule}` is a rule of the topic at hand, `{^rule}` starts with a
capital, `{#10-99}` is a number, `{a|b|c}` is one of the words, and `{{` and `}}` are braces.

Rules are compiled to functions: prompts are most of what a simulation costs (about 0.3 us per slot this way, 1 us when
each slot looks its rule up).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from random import Random

Rules = Mapping[str, Sequence[str]]
Emit = Callable[["Expansion"], str]
Part = str | Emit
Alternative = str | tuple[Part, ...]
Pools = dict[str | tuple[str, str], list[str]]

# A pooled slot keeps this many expansions (of each topic, where it has to do with it), and writes a new one over an old
# one in that share of draws: phrases inside long texts come back, as phrases do, at a fifth of the cost.
_POOLED = 512
_RENEWED = 0.08

_SLOT = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")


class GrammarError(ValueError):
    """A grammar is wrong: a rule does not exist, or contains itself. The message names it."""


class Expansion:
    """One draw: the source of randomness, the topic at hand, and the pools of earlier expansions."""

    __slots__ = ("pools", "random", "topic")

    def __init__(self, random: Random, topic: str, pools: Pools) -> None:
        self.random = random.random
        self.topic = topic
        self.pools = pools


class Grammar:
    """Compiled rules. Holds no state between expansions: pools belong to whoever draws.

    >>> grammar = Grammar({"a.s": ["{^b} {#7-7}{c?0}"], "a.b": ["x"], "a.c": ["never"]}, topics=["none"])
    >>> grammar.expand("a.s", Expansion(Random(1), "none", {}))
    'X 7'
    """

    def __init__(self, rules: Rules, *, topics: Sequence[str]) -> None:
        self._rules = rules
        self._alternatives: dict[str, list[Alternative]] = {}
        self._emits: dict[str, Emit] = {}
        self._topical: set[str] = set()
        self.topics = tuple(topics)

    def has(self, rule: str) -> bool:
        """Whether there is such a rule."""
        return rule in self._rules

    def expand(self, rule: str, expansion: Expansion) -> str:
        """Return one expansion of `rule` (`table.rule`).

        Raises:
            GrammarError: There is no such rule.
        """
        return (self._emits.get(rule) or self._emit(rule))(expansion)

    def parts(self, rule: str, expansion: Expansion) -> list[tuple[Part, str]]:
        """Return one alternative of `rule` as its parts, each with an expansion of it: what a frame is made of."""
        self._emit(rule)
        alternatives = self._alternatives[rule]
        chosen = alternatives[int(expansion.random() * len(alternatives))]
        return [(part, again(part, expansion)) for part in ((chosen,) if isinstance(chosen, str) else chosen)]

    def check(self) -> None:
        """Compile every rule.

        Raises:
            GrammarError: Some rule refers to one that does not exist.
        """
        for rule in self._rules:
            self._emit(rule)

    def _emit(self, rule: str) -> Emit:
        """Return the function that expands `rule`, compiled when first asked for."""
        if rule in self._emits:
            return self._emits[rule]
        if rule not in self._rules:
            raise GrammarError(f"no grammar rule {rule!r}")
        if rule in self._alternatives:
            raise GrammarError(f"grammar rule {rule!r} contains itself")
        alternatives = self._alternatives[rule] = []
        alternatives += [self._alternative(text, rule) for text in self._rules[rule]]
        emit = self._emits[rule] = _chooser(alternatives)
        return emit

    def _alternative(self, text: str, rule: str) -> Alternative:
        parts: list[Part] = []
        literal, end = "", 0
        for match in _SLOT.finditer(text):
            literal += text[end : match.start()]
            end = match.end()
            slot = match.group(1)
            if slot is None:
                literal += match.group(0)[0]
                continue
            parts += [literal, self._slot(slot, rule)] if literal else [self._slot(slot, rule)]
            literal = ""
        literal += text[end:]
        if not parts:
            return literal
        return (*parts, literal) if literal else tuple(parts)

    def _slot(self, slot: str, rule: str) -> Emit:
        """Return what expands the inside of one pair of braces in an alternative of `rule`."""
        table = rule.partition(".")[0]
        if "|" in slot:
            return _chooser(slot.split("|"))
        if slot[0] == "#":
            low, high = map(int, slot[1:].split("-"))
            span = high + 1 - low
            return lambda expansion: str(low + int(expansion.random() * span))
        name, _, percent = slot.partition("?")
        plain = name.strip("^@~")
        topical = "@" in name
        if topical:
            emit = _by_topic({topic: self._emit(f"{topic}.{plain}") for topic in self.topics})
        else:
            plain = plain if "." in plain else f"{table}.{plain}"
            emit = self._emit(plain)
            topical = plain in self._topical
        if topical:
            self._topical.add(rule)
        if name.endswith("~"):
            emit = _pooled_by_topic(plain, emit) if topical else _pooled(plain, emit)
        emit = _capital(emit) if name[0] == "^" else emit
        return _perhaps(emit, int(percent) / 100) if percent else emit


def again(part: Part, expansion: Expansion) -> str:
    """Return an expansion of a part that `Grammar.parts` returned."""
    return part if isinstance(part, str) else part(expansion)


def _chooser(alternatives: Sequence[Alternative]) -> Emit:
    n = len(alternatives)
    words = [one for one in alternatives if isinstance(one, str)]
    if len(words) == n:
        return lambda expansion: words[int(expansion.random() * n)]

    emits = [_constant(one) if isinstance(one, str) else _sequence(one) for one in alternatives]
    return lambda expansion: emits[int(expansion.random() * n)](expansion)


def _constant(text: str) -> Emit:
    return lambda expansion: text


def _sequence(parts: tuple[Part, ...]) -> Emit:
    """Return what writes the parts one after another; unrolled for up to three slots, which nearly all have."""
    emits = [part for part in parts if not isinstance(part, str)]
    literals = [""]
    for part in parts:
        if isinstance(part, str):
            literals[-1] += part
        else:
            literals.append("")
    match emits, literals:
        case [first], [a, b]:
            return lambda expansion: a + first(expansion) + b
        case [first, second], [a, b, c]:
            return lambda expansion: a + first(expansion) + b + second(expansion) + c
        case [first, second, third], [a, b, c, d]:
            return lambda expansion: a + first(expansion) + b + second(expansion) + c + third(expansion) + d
    pattern = "%s".join(literal.replace("%", "%%") for literal in literals)
    return lambda expansion: pattern % tuple([emit(expansion) for emit in emits])


def _by_topic(emits: dict[str, Emit]) -> Emit:
    return lambda expansion: emits[expansion.topic](expansion)


def _capital(emit: Emit) -> Emit:
    def capitalised(expansion: Expansion) -> str:
        text = emit(expansion)
        return text[:1].upper() + text[1:]

    return capitalised


def _perhaps(emit: Emit, chance: float) -> Emit:
    return lambda expansion: emit(expansion) if expansion.random() < chance else ""


def _pooled(name: str, emit: Emit) -> Emit:
    return lambda expansion: _from_pool(expansion.pools.setdefault(name, []), emit, expansion)


def _pooled_by_topic(name: str, emit: Emit) -> Emit:
    return lambda expansion: _from_pool(expansion.pools.setdefault((name, expansion.topic), []), emit, expansion)


def _from_pool(pool: list[str], emit: Emit, expansion: Expansion) -> str:
    """Return an earlier expansion, or write a new one, the more rarely the more there are."""
    if len(pool) < _POOLED:
        pool.append(emit(expansion))
        return pool[-1]
    chance = expansion.random() * _POOLED
    at = int(chance)
    if chance - at < _RENEWED:
        pool[at] = emit(expansion)
    return pool[at]


@cache
def shipped_grammar() -> Grammar:
    """Return the grammar of the package: every file of `grammars/`; each table of `topics*.toml` is a topic."""
    rules: dict[str, Sequence[str]] = {}
    topics: list[str] = []
    for file in sorted(files("streams.sources.simulate").joinpath("grammars").iterdir(), key=lambda one: one.name):
        tables = tomllib.loads(file.read_text("utf-8"))
        topics += tables if file.name.startswith("topics") else ()
        rules |= {f"{table}.{rule}": some for table, inner in tables.items() for rule, some in inner.items()}
    return Grammar(rules, topics=topics)
