"""Request bodies, unpacked."""

import gzip
import zlib
from collections.abc import Callable

import lz4.frame
import pytest
from backports import zstd
from clickhouse_connect.driver.compression import get_compressor

from streams.store.encodings import unpack
from streams.store.errors import StoreError

PLAIN = b"a row of a block\n" * 5000
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "lz4": lz4.frame.compress,
    "zstd": zstd.compress,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
}

every_encoding = pytest.mark.parametrize("encoding", PACKERS)


@every_encoding
def test_a_body_comes_back(encoding: str) -> None:
    assert unpack(PACKERS[encoding](PLAIN), encoding, len(PLAIN)) == PLAIN


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_a_plain_body_stays(encoding: str) -> None:
    assert unpack(PLAIN, encoding, 10) is PLAIN


@every_encoding
def test_an_empty_body_is_empty(encoding: str) -> None:
    assert unpack(b"", encoding, 10) == b""


@pytest.mark.parametrize("encoding", ["lz4", "zstd", "gzip"])
def test_clickhouse_connect_sends_a_frame_for_each_block(encoding: str) -> None:
    compressor = get_compressor(encoding)
    body = b"".join(compressor.compress_block(PLAIN) for _ in range(3)) + (compressor.flush() or b"")
    assert unpack(body, encoding, 3 * len(PLAIN)) == 3 * PLAIN


@every_encoding
def test_a_small_body_cannot_unpack_to_any_size(encoding: str) -> None:
    with pytest.raises(StoreError, match="more than 1,000 bytes"):
        unpack(PACKERS[encoding](PLAIN), encoding, 1000)


@every_encoding
def test_half_a_body_is_not_taken_for_a_whole_one(encoding: str) -> None:
    with pytest.raises(StoreError, match=f"the body is not {encoding}: it ends in the middle"):
        unpack(PACKERS[encoding](PLAIN)[:-3], encoding, len(PLAIN))


@every_encoding
def test_something_else_is_refused(encoding: str) -> None:
    with pytest.raises(StoreError, match=f"the body is not {encoding}"):
        unpack(b"INSERT INTO t VALUES (1)", encoding, len(PLAIN))


def test_an_unknown_encoding_is_named() -> None:
    with pytest.raises(StoreError, match="'br' is not known; send lz4, zstd, gzip, deflate or none"):
        unpack(PLAIN, "br", len(PLAIN))
