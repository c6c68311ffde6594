"""State bytes of an account: any row comes back, and what is not whole is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.account.row import ACCOUNT, pack, pack_all, unpack


def rows_from(raws: list[bytes]) -> np.ndarray:
    return np.frombuffer(
        b"".join(raw.ljust(ACCOUNT.itemsize, b"\0")[: ACCOUNT.itemsize] for raw in raws), dtype=ACCOUNT
    )


@given(st.lists(st.binary(max_size=200).map(lambda raw: raw * 8) | st.binary(max_size=ACCOUNT.itemsize), max_size=4))
def test_any_rows_come_back(raws):
    rows = rows_from(raws)
    packed = pack_all(rows)
    assert len(packed) == len(rows)
    for row, state in zip(rows, packed, strict=True):
        back = unpack(state)
        assert back is not None
        assert back.tobytes() == row.tobytes()
        assert state == pack(row)


@pytest.mark.parametrize("fill", [b"", b"\x01", b"\xff" * ACCOUNT.itemsize])
def test_every_cut_and_every_other_head_is_refused(fill):
    state = pack(rows_from([fill])[0])
    assert all(unpack(state[:size]) is None for size in range(len(state)))
    assert unpack(state + b"\0") is None
    assert all(unpack(bytes([state[0] ^ 1 << bit]) + state[1:]) is None for bit in range(8))


def test_a_row_in_memory_is_within_two_kibibytes_and_an_empty_one_is_stored_in_a_few_bytes():
    assert ACCOUNT.itemsize <= 2048
    assert len(pack(np.zeros(1, dtype=ACCOUNT)[0])) < 30
