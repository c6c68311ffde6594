"""Sketches of real prompts: unrelated ones share no key, and those of one real template do."""

from __future__ import annotations

import pytest

from tests.realdata import corpus
from tests.realdata.unrelated import across_collections, among_varied, within_runs

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not corpus.present(), reason="the folder ../shared/data is not beside the checkout"),
]


def test_unrelated_prompts_hardly_ever_collide():
    for collisions in (among_varied(), across_collections()):
        assert collisions.pairs > 50_000_000
        assert collisions.rate < 1e-4


def test_most_real_templates_are_seen():
    shares = within_runs("p3_templates")
    assert len(shares) == 30
    assert sum(share >= 0.95 for share in shares.values()) >= 0.7 * len(shares)
