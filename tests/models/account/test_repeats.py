"""The first-sight filter against a plain dictionary."""

import numpy as np
import pytest

from models.account.repeats import ADMITTED, NEW, RepeatFilter


def test_it_agrees_with_a_dictionary():
    rng = np.random.default_rng(0)
    seen: dict[int, int] = {}
    filtered = RepeatFilter(capacity=1 << 12)
    for account, key in enumerate(rng.integers(1, 500, size=2000).tolist(), 1):
        pending, since = filtered.visit(key, account, ts=10 * account)
        if key not in seen:
            assert pending == NEW
            seen[key] = account
        elif seen[key] == ADMITTED:
            assert pending == ADMITTED
        else:
            assert (pending, since) == (seen[key], 10 * seen[key])
            seen[key] = ADMITTED


def test_memory_is_bounded_and_recent_keys_are_remembered():
    filtered = RepeatFilter(capacity=64)
    for key in range(1, 1000):
        assert filtered.visit(key, 5, 0)[0] == NEW
        if key > 10:
            assert filtered.visit(key - 10, 5, 0)[0] != NEW
    assert len(filtered.young) + len(filtered.old) <= 128


@pytest.mark.parametrize("capacity", [0, 4, 100])
def test_a_capacity_that_is_no_power_of_two_is_refused(capacity):
    with pytest.raises(ValueError, match=f"capacity is {capacity}"):
        RepeatFilter(capacity=capacity)


def test_what_changed_is_the_same_from_the_log_and_from_all_entries():
    rng = np.random.default_rng(0)
    logged, searched = (RepeatFilter(capacity=1 << 13, saving=True) for _ in range(2))
    searched.log = np.zeros(1, dtype=np.int64)
    changed = 0
    for account, key in enumerate(rng.zipf(1.1, size=30_000).tolist(), 1):  # the table grows and turns over
        for filtered in (logged, searched):
            filtered.visit(key, account, ts=account)
        if account % 500 == 0:
            changes = logged.changes()
            assert changes.tolist() == searched.changes().tolist()
            changed += len(changes)
    assert changed > 10_000
    assert len(logged.old) == len(logged.young) == 1 << 13
