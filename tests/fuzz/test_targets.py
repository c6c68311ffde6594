"""Every target takes its seeds, and a few thousand mutations of them; `make fuzz` does a million with guidance."""

import random

import pytest

from tests.fuzz.targets import TARGETS

HOSTILE = (
    b"\0", b"\xff\xfe", b'"' * 9, b"[" * 3000, b"{" * 3000, b"9" * 400, b"-1", b"1e999", b"null", b"\\ud800",
    b"\xed\xa0\x80",
)  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_an_answer_or_a_reason(name: str) -> None:
    rng = random.Random(name)
    feed = TARGETS[name].feed
    for seed in TARGETS[name].seeds:
        feed(seed)
        for _ in range(300):
            data = bytearray(seed)
            for _ in range(rng.randint(1, 4)):
                at = rng.randrange(len(data) + 1)
                data[at : at + rng.choice((0, 1, 8))] = rng.choice((rng.choice(HOSTILE), rng.randbytes(2), data[:at]))
            feed(bytes(data))
