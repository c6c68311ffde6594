"""Prompts sketched in a second of CPU time, by the library call that gateways make."""

from __future__ import annotations

import random
import time
from statistics import median

from models.rawlog import Message
from models.sketch.prompt import Prompt
from models.sketch.sketcher import Sketcher

WORDS, PROMPTS = 150, 2000  # English has about four tokens for three words: 200 tokens a prompt


def sketches_per_second(runs: int) -> float:
    """Return the median over `runs`, for unrelated prompts of 200 tokens, many in one call."""
    chance = random.Random(1)
    letters = "etaoinshrdlucmfwypvbgk"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(20_000)]
    prompts = [Prompt.of([Message("user", " ".join(chance.choices(words, k=WORDS)))]) for _ in range(PROMPTS)]
    sketcher = Sketcher(b"a key of the benchmark")
    sketcher.sketch_many(prompts[:100])
    took = []
    for _ in range(runs):
        began = time.process_time()
        sketcher.sketch_many(prompts)
        took.append(time.process_time() - began)
    return PROMPTS / median(took)
