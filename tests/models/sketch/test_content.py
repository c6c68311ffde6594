"""Content vectors: close for close prompts, in any language, and far apart for others."""

from __future__ import annotations

import random

import numpy as np
import pytest

from models.event import CONTENT_BYTES
from models.sketch import Prompt, Sketcher
from tests.models.sketch.grammars import GRAMMARS
from tests.models.sketch.sharing import KEY, OTHER_KEY


def vectors(texts: list[str], key: bytes = KEY) -> np.ndarray:
    sketches = Sketcher(key).sketch_many([Prompt(last=text) for text in texts])
    found = np.array([np.frombuffer(sketch.content, np.int8) for sketch in sketches], float)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_a_vector_has_64_bytes_and_a_prompt_without_words_has_none():
    sketches = Sketcher(KEY).sketch_many([Prompt(last="A rope of hemp shrinks."), Prompt(last="?!"), Prompt()])
    assert [len(sketch.content or b"") for sketch in sketches] == [CONTENT_BYTES, 0, 0]


@pytest.mark.parametrize("language", [name for name in GRAMMARS if name != "code"])
def test_close_prompts_are_closer_than_others_in_every_language(language: str):
    rng = random.Random(language)
    grammar = GRAMMARS[language]
    pairs = [grammar.pair(template, rng) for template in grammar.templates for _ in range(10)]
    ones, others = vectors([one for one, _ in pairs]), vectors([other for _, other in pairs])
    close = (ones * others).sum(axis=1)
    foreign = vectors([GRAMMARS["code"].fill(text, rng) for text in GRAMMARS["code"].templates for _ in range(10)])
    assert np.median(close) > 0.25
    assert np.median(close) > np.quantile(ones @ foreign.T, 0.95)


def test_the_order_of_the_words_does_not_count_and_their_repetition_little():
    words = ["each", "lamp", "of", "our", "harbour", "was", "numbered", "and", "lit", "by", "hand"]
    straight, turned, doubled = vectors([" ".join(words), " ".join(reversed(words)), " ".join(words * 2)])
    assert straight @ turned == pytest.approx(1.0)
    assert straight @ doubled > 0.99


def test_vectors_under_different_keys_have_nothing_to_do_with_each_other():
    rng = random.Random(3)
    texts = [GRAMMARS["english"].fill(text, rng) for text in GRAMMARS["english"].templates for _ in range(25)]
    cosines = (vectors(texts) * vectors(texts, OTHER_KEY)).sum(axis=1)
    # Independent directions of 64 places have cosines of mean 0 and deviation 1/8.
    assert abs(np.mean(cosines)) < 0.25
    assert np.max(np.abs(cosines)) < 0.7
