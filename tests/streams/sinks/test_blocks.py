"""Writes become blocks."""

import numpy as np
import pytest

from streams.sinks.blocks import Block, count_rows


def test_parts_are_joined_in_order() -> None:
    block = Block("t", ("a", "b"), "token", 0.0)
    block.add({"a": np.array([1, 2], dtype=np.uint64), "b": ("x", "y")}, 2)
    block.add({"b": ["z"], "a": np.array([3], dtype=np.uint64)}, 1)
    columns = block.columns()
    assert isinstance(columns["a"], np.ndarray)
    assert columns["a"].dtype == np.uint64
    assert list(columns["a"]) == [1, 2, 3]
    assert columns["b"] == ["x", "y", "z"]
    assert (list(columns), block.rows) == (["a", "b"], 3)


def test_arrays_and_lists_mix() -> None:
    block = Block("t", ("a",), "token", 0.0)
    block.add({"a": np.array([1], dtype=np.uint16)}, 1)
    block.add({"a": [None]}, 1)
    assert block.columns()["a"] == [1, None]


def test_a_single_part_is_not_copied() -> None:
    only = np.arange(3)
    block = Block("t", ("a",), "token", 0.0)
    block.add({"a": only}, 3)
    assert block.columns()["a"] is only


@pytest.mark.parametrize("columns", [{"a": [1], "b": [1, 2]}, {}])
def test_columns_are_of_one_length(columns: dict[str, list[int]]) -> None:
    with pytest.raises(ValueError, match="columns for t have to be of one length, not "):
        count_rows("t", columns)
