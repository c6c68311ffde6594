"""Print the figures of docs/sketch.md: `python -m tests.realdata.sketches`, a minute."""

from __future__ import annotations

import random
import sys
import time

from models.sketch import Prompt, Sketcher
from tests.models.sketch.grammars import GRAMMARS, TERSE
from tests.models.sketch.sharing import KEY, share
from tests.realdata import corpus
from tests.realdata.unrelated import VARIED, across_collections, among_varied, within_runs

PAIRS = 200


def main() -> None:
    """Print a line for each figure."""
    rng = random.Random(1)
    for language, grammar in GRAMMARS.items():
        shared = [of_pairs(grammar, template, rng) for template in grammar.templates]
        say(f"{language}: {len(shared)} templates", f"{min(shared):.0%} to {max(shared):.0%} of pairs share a key")
    terse = [of_pairs(TERSE, template, rng) for template in TERSE.templates]
    say(f"terse: {len(terse)} templates", f"{sum(share >= 0.95 for share in terse)} seen in 95 % of pairs")
    if not corpus.present():
        say("real prompts", "the folder ../shared/data is not beside the checkout")
        return
    for what, collisions in (("varied", among_varied()), ("of different collections", across_collections())):
        say(f"unrelated, {what}", f"{collisions.shared:,} of {collisions.pairs:,} pairs collide: {collisions.rate:.1e}")
    for name in ("p3_templates", "anthropic_mw_evals"):
        shares = within_runs(name).values()
        say(f"{name}: {len(shares)} runs", f"{sum(share >= 0.95 for share in shares)} seen in 95 % of pairs")
    speed()


def of_pairs(grammar, template: str, rng: random.Random) -> float:
    """The share of pairs that differ in slots only and have a key in common."""
    pairs = [grammar.pair(template, rng) for _ in range(PAIRS)]
    return sum(share(Prompt(last=one), Prompt(last=other)) for one, other in pairs) / PAIRS


def speed() -> None:
    """The cost and the size of sketches of real prompts."""
    prompts = [Prompt(last=text) for name in VARIED for text in corpus.prompts(name)]
    sketcher = Sketcher(KEY)
    sketcher.sketch_many(prompts[:256])
    began = time.process_time()
    sketches = sketcher.sketch_many(prompts)
    seconds = time.process_time() - began
    letters = sum(len(prompt.last) for prompt in prompts) / len(prompts)
    keys = sum(len(sketch.templates) for sketch in sketches) / len(sketches)
    say("speed", f"{1e6 * seconds / len(prompts):.1f} us of CPU for {letters:.0f} letters; {keys:.1f} keys each")


def say(what: str, found: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{what:<38} {found}\n")


if __name__ == "__main__":
    main()
