"""What a sketch gives away: nothing without the key, and nothing of the text with it."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from models.rawlog import RawLogs
from models.sketch import Message, Prompt, Sketcher, WeakKey
from tests.models.sketch.grammars import GRAMMARS
from tests.models.sketch.sharing import KEY, OTHER_KEY, keys_of

TEXTS = [GRAMMARS[language].fill(text, random.Random(language + text))
         for language in GRAMMARS for text in GRAMMARS[language].templates]  # fmt: skip
WRITTEN_DOWN = ("17e6f34b427bc161", "24474843dfa9198f", "5f827d7dcf2b39dd", "c1d1fd6f39fc8e55")
PROMPTS = [Prompt(system=text[::-1], last=text) for text in TEXTS]


@pytest.mark.parametrize("length", [0, 1, 15])
def test_a_short_key_is_refused_with_its_length_and_not_its_bytes(length: int):
    key = b"secretsecretsecret"[:length]
    with pytest.raises(WeakKey, match=f"STILLWATCH_SKETCH_KEY has {length} bytes: set it to at least 16") as refused:
        Sketcher(key)
    assert length < 2 or key.decode() not in str(refused.value)


@pytest.mark.parametrize("length", [16, 64, 65, 1000])
def test_longer_keys_are_taken_whole(length: int):
    one, other = keys_of(PROMPTS[:3], b"k" * length), keys_of(PROMPTS[:3], b"k" * (length - 1) + b"l")
    assert one != other
    assert not frozenset().union(*one) & frozenset().union(*other)


def test_the_same_key_gives_the_same_sketch_at_every_time_and_place():
    assert keys_of(PROMPTS) == keys_of(PROMPTS)
    # Written down once: sketches of an earlier version have to meet those of a later one.
    sketch = Sketcher(KEY).sketch([Message("user", "Write out every thought before you give the final answer.")])
    assert sketch.templates == WRITTEN_DOWN


def test_two_keys_share_no_template_key():
    one, other = keys_of(PROMPTS), keys_of(PROMPTS, OTHER_KEY)
    assert not frozenset().union(*one) & frozenset().union(*other)


def test_a_key_is_a_random_number_to_those_without_the_secret():
    """Every bit is set in half of the keys of one text under many secrets, and of many texts under one."""
    rng = random.Random(17)
    many_secrets = [key for _ in range(60) for own in keys_of(PROMPTS[:5], rng.randbytes(16)) for key in own]
    texts = [Prompt(last=f"{text} {i}zq") for i in range(20) for text in TEXTS]
    many_texts = sorted(frozenset().union(*keys_of(texts)))
    for keys in (many_secrets, many_texts):
        for bit in range(64):
            ones = sum(int(key, 16) >> bit & 1 for key in keys)
            # Five deviations of a binomial; 128 looks, so by chance with one seed in 15,000.
            assert abs(ones - len(keys) / 2) < 2.5 * len(keys) ** 0.5, bit


def test_one_changed_letter_changes_half_of_the_bits_of_a_key():
    texts = ["Write out every thought before you give the final answer to this", "Write out every thougth before"
             " you give the final answer to this"]  # fmt: skip
    one, other = keys_of([Prompt(last=text) for text in texts])
    distances = Counter((int(a, 16) ^ int(b, 16)).bit_count() for a in one - other for b in other - one)
    assert min(distances) > 8
    assert max(distances) < 56


def test_no_event_holds_text_and_no_refusal_repeats_it():
    word = "Xylophonarium"
    raw = (
        b'{"event_id":"e","ts":1,"account_id":"a","model":"m","input_tokens":9,"output_tokens":2,"prompt":"%b",'
        b'"messages":[{"role":"user","content":"%b","name":"%b"}]}'
    ) % ((word.encode(),) * 3)
    broken = raw.replace(b'"content":"' + word.encode() + b'"', b'"content":{"%b":1}' % word.encode())
    events, refused = RawLogs(Sketcher(KEY)).to_events([raw, broken])
    assert len(events) == len(refused) == 1
    assert word.encode() not in events[0]
    assert word not in str(refused)
