"""Template keys: prompts of one template share one, whatever fills its slots, wherever it stands, in any script."""

from __future__ import annotations

import random
import string
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.event import MAX_TEMPLATES
from models.sketch import Message, Prompt
from tests.models.sketch.grammars import GRAMMARS
from tests.models.sketch.sharing import colliding, keys_of, prompt, share

PAIRS = 40
FIXED = "Before you answer, write down each step of your thinking, number the steps, and leave none of them out."
TEMPLATES = [(language, template) for language, grammar in GRAMMARS.items() for template in grammar.templates]

words = st.text(string.ascii_lowercase, min_size=2, max_size=9)
free = st.lists(words, min_size=4, max_size=60).map(" ".join)


@pytest.mark.parametrize(("language", "template"), TEMPLATES)
def test_prompts_that_differ_in_slots_only_share_a_key(language: str, template: str):
    rng = random.Random(template)
    pairs = [GRAMMARS[language].pair(template, rng) for _ in range(PAIRS)]
    keys = keys_of([Prompt(last=text) for pair in pairs for text in pair])
    shared = sum(bool(one & other) for one, other in zip(keys[::2], keys[1::2], strict=True))
    assert shared >= 0.95 * PAIRS


@settings(deadline=None)
@given(one=free, other=free)
def test_a_fixed_system_prompt_is_a_shared_key(one: str, other: str):
    assert share(prompt(FIXED, one), prompt(FIXED, other))


@settings(deadline=None)
@given(one=free, other=free)
def test_so_is_a_fixed_opening_a_fixed_closing_and_a_sentence_between(one: str, other: str):
    assert share(Prompt(last=f"{FIXED} {one}"), Prompt(last=f"{FIXED} {other}"))
    assert share(Prompt(last=f"{one}. {FIXED}"), Prompt(last=f"{other}. {FIXED}"))
    assert share(Prompt(last=f"{one}. {FIXED} {other}."), Prompt(last=f"{other}. {FIXED} {one}."))


@settings(deadline=None)
@given(one=free, other=free)
def test_moving_the_fixed_text_from_the_system_prompt_to_the_message_does_not_hide_it(one: str, other: str):
    assert share(prompt(FIXED, one), Prompt(last=f"{FIXED}\n{other}"))


@settings(deadline=None)
@given(one=free, other=free)
def test_the_first_turn_counts_in_later_ones(one: str, other: str):
    later = [Message("user", f"{FIXED} {one}"), Message("assistant", other), Message("user", "And the next one?")]
    assert share(Prompt.of(later), Prompt(last=f"{FIXED} {other}"))


@pytest.mark.parametrize(
    "changed",
    [
        FIXED.upper(),
        FIXED.replace(", ", " - ").replace("thinking", "think\u200bing"),
        FIXED.replace("e", "é"),
        FIXED.replace("a", "\uff41"),  # full width
        FIXED.replace("Before", "   Before\t"),
    ],
)
def test_case_punctuation_accents_width_and_hidden_characters_change_nothing(changed: str):
    assert keys_of([Prompt(last=changed)]) == keys_of([Prompt(last=FIXED)])


def test_numbers_are_slots():
    one, other = (f"Exercise {n} of the series on levers: solve it in full and show it." for n in (7, 4_312))
    assert keys_of([Prompt(last=one)]) == keys_of([Prompt(last=other)])


@pytest.mark.parametrize("language", list(GRAMMARS))
def test_prompts_of_different_templates_share_nothing(language: str):
    rng = random.Random(language)
    grammar = GRAMMARS[language]
    for first, second in combinations(grammar.templates, 2):
        one, other = grammar.apart(rng)
        assert not share(Prompt(last=one.fill(first, rng)), Prompt(last=other.fill(second, rng)))


def test_texts_of_chance_share_nothing():
    rng = random.Random(11)
    vocabulary = ["".join(rng.choices(string.ascii_lowercase, k=rng.randrange(2, 9))) for _ in range(2_000)]
    texts = [" ".join(rng.choices(vocabulary, k=rng.randrange(8, 60))) for _ in range(3_000)]
    assert not colliding(keys_of([Prompt(last=text) for text in texts]))


@settings(deadline=None)
@given(system=st.text(max_size=300), user=st.text(max_size=9_000))
def test_any_text_gives_keys_as_the_contract_wants_them(system: str, user: str):
    (keys,) = keys_of([prompt(system, user)])
    assert len(keys) <= MAX_TEMPLATES
    assert all(len(key) == 16 and set(key) <= set(string.hexdigits.lower()) for key in keys)


def test_small_talk_has_no_keys():
    assert keys_of([Prompt(last=text) for text in ("", "Hi", "Thank you!", "ok 👍", "你好", "Да")]) == [frozenset()] * 6


def test_many_at_once_are_as_one_by_one():
    rng = random.Random(9)
    texts = [Prompt(last=GRAMMARS[language].fill(text, rng)) for language, text in TEMPLATES * 20]
    assert keys_of(texts) == [keys_of([text])[0] for text in texts]
