"""Real prompts of which two are unrelated: by different people, or of different collections."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import NamedTuple

from models.sketch import Prompt
from tests.models.sketch.sharing import colliding, keys_of, rare
from tests.realdata import corpus

# Every prompt by somebody else, or on something else: two of one collection are as unrelated as two of different ones.
VARIED = ("alpaca5k", "arena_hard_v01", "arena_hard_v2", "hh_harmless_test", "oasst_realistic")
# Of one program or a few authors: only prompts of different collections are unrelated.
UNIFORM = ("awesome_prompts", "evol_teacher", "gpteacher_codegen", "gpteacher_roleplay", "gpteacher_toolformer",
           "judge_routellm", "p3_templates", "anthropic_mw_evals", "verify_cot", "alpaca5k_metaprompts")  # fmt: skip


class Collisions(NamedTuple):
    """How many pairs of prompts there are, and how many of them share a key."""

    pairs: int
    shared: int

    @property
    def rate(self) -> float:
        """The share."""
        return self.shared / self.pairs


def among_varied() -> Collisions:
    """All pairs of prompts of the varied collections."""
    texts = list(dict.fromkeys(text for name in VARIED for text in corpus.prompts(name)))
    found = colliding(rare(keys_of([Prompt(last=text) for text in texts])))
    return Collisions(len(texts) * (len(texts) - 1) // 2, len(found))


def across_collections() -> Collisions:
    """All pairs of prompts of different collections."""
    owners = {text: name for name in (*VARIED, *UNIFORM) for text in corpus.prompts(name)}
    texts, names = list(owners), list(owners.values())
    found = colliding(rare(keys_of([Prompt(last=text) for text in texts])))
    sizes = Counter(names).values()
    pairs = sum(one * other for one, other in combinations(sizes, 2))
    return Collisions(pairs, sum(names[one] != names[other] for one, other in found))


def within_runs(name: str, most: int = 200) -> dict[str, float]:
    """For each template or suite of a collection, the share of the pairs of its prompts that share a key."""
    shares = {}
    for run, texts in corpus.runs(name).items():
        keys = keys_of([Prompt(last=text) for text in list(dict.fromkeys(texts))[:most]])
        if len(keys) > 1:
            shares[run] = 2 * len(colliding(keys)) / (len(keys) * (len(keys) - 1))
    return shares
