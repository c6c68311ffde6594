"""Grammars, shipped and small."""

from random import Random

import pytest

from streams.sources.simulate.grammar import Expansion, Grammar, GrammarError, again, shipped_grammar


def expansion(seed: int = 0, topic: str = "t") -> Expansion:
    return Expansion(Random(seed), topic, {})


def grammar(**rules: list[str]) -> Grammar:
    return Grammar({f"a.{name}": some for name, some in rules.items()} | {"t.thing": ["boat"]}, topics=["t"])


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("plain", "plain"),
        ("{word} {a.word}", "one one"),
        ("{^word}", "One"),
        ("{@thing} and {^@thing}", "boat and Boat"),
        ("{#7-7}%", "7%"),
        ("{x|x}", "x"),
        ("{word?100}{word?0}", "one"),
        ("{{{word}}}", "{one}"),
        ("{word}{word}{word}{word}{word}", "oneoneoneoneone"),
    ],
)
def test_slots(rule: str, text: str) -> None:
    assert grammar(s=[rule], word=["one"]).expand("a.s", expansion()) == text


def test_numbers_cover_their_range() -> None:
    numbers = grammar(s=["{#3-5}"])
    at = expansion()
    assert {numbers.expand("a.s", at) for _ in range(100)} == {"3", "4", "5"}


def test_pooled_slots_come_back_and_are_renewed() -> None:
    pooled = grammar(s=["{n~}"], n=["{#1-1000000}"])
    at = expansion()
    drawn = [pooled.expand("a.s", at) for _ in range(4000)]
    assert 600 < len(set(drawn)) < 1000  # 512 to begin with, 8 % of the draws write a new one


def test_parts_of_a_frame_can_be_drawn_again() -> None:
    frame = grammar(s=["{n} stays {n}"], n=["{#1-1000000}"])
    parts = frame.parts("a.s", expansion())
    assert [text for _, text in parts][1] == " stays "
    assert again(parts[1][0], expansion(1)) == " stays "
    assert again(parts[0][0], expansion(1)) != parts[0][1]


def test_mistakes_are_named() -> None:
    with pytest.raises(GrammarError, match=r"a\.missing"):
        grammar(s=["{missing}"]).check()
    with pytest.raises(GrammarError, match="contains itself"):
        grammar(s=["{s}"]).check()


def test_every_shipped_rule_compiles() -> None:
    shipped_grammar().check()


@pytest.mark.parametrize("rule", ["chat.request", "coding.request", "tasks.problem", "tasks.document", "zh.request"])
def test_shipped_prompts_rarely_repeat(rule: str) -> None:
    shipped = shipped_grammar()
    at = expansion(topic=shipped.topics[0])
    drawn = []
    for number in range(2000):
        at.topic = shipped.topics[number % len(shipped.topics)]
        drawn.append(shipped.expand(rule, at))
    assert len(set(drawn)) > 0.9 * len(drawn)
