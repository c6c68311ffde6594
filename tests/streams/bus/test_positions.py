"""Positions against the plain definition: a commit never passes an unfinished chunk, and finished ones get there."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from streams.bus.positions import Positions


def deliver(positions, partition, ends):
    """Deliver the chunks that end at `ends`, the first from offset 0."""
    for before, end in itertools.pairwise([-1, *ends]):
        positions.delivered(partition, before + 1, end)


ENDS = st.lists(st.integers(1, 50), min_size=1, max_size=20).map(
    lambda sizes: [sum(sizes[: count + 1]) - 1 for count in range(len(sizes))]
)


@given(ENDS, st.data())
def test_the_position_is_the_end_of_the_finished_prefix(ends, data):
    positions, done, committed = Positions[int](), set(), 0
    deliver(positions, 0, ends)
    for end in data.draw(st.permutations(ends)):
        assert positions.finished(0, end)
        done.add(end)
        expected = max((last + 1 for count, last in enumerate(ends) if set(ends[: count + 1]) <= done), default=0)
        committed = positions.advance(0) or committed
        assert committed == expected
    assert committed == ends[-1] + 1
    assert positions.advance(0) is None


@given(ENDS, st.integers(0, 19))
def test_after_a_second_delivery_only_the_second_finish_counts(ends, finished):
    positions = Positions[int]()
    deliver(positions, 0, ends)
    for end in ends[:finished]:
        positions.finished(0, end)
    positions.forget([0])
    assert positions.advance(0) is None
    assert not positions.finished(0, ends[0])
    deliver(positions, 0, ends)
    assert positions.advance(0) is None
    positions.finished(0, ends[0])
    assert positions.advance(0) == ends[0] + 1


def test_a_chunk_delivered_again_without_a_seek_is_unfinished_again():
    positions = Positions[str]()
    deliver(positions, "p", [9])
    positions.finished("p", 9)
    deliver(positions, "p", [9])
    assert positions.advance("p") is None


@given(ENDS, ENDS)
def test_chunks_that_were_delivered_just_before_a_seek_and_skipped_hold_nothing_up(skipped, ends):
    """Both deliveries start at the committed position; where their chunks end has nothing to do with each other."""
    positions = Positions[int]()
    deliver(positions, 0, skipped)
    deliver(positions, 0, ends)
    for end in ends:
        positions.finished(0, end)
    assert positions.advance(0) == ends[-1] + 1
    assert positions.advance(0) is None


def test_partitions_do_not_mix():
    positions = Positions[str]()
    deliver(positions, "one", [9])
    deliver(positions, "two", [9])
    positions.finished("one", 9)
    assert (positions.advance("two"), positions.advance("one")) == (None, 10)
    assert list(positions) == ["one", "two"]
    positions.forget(positions)
    assert list(positions) == []
