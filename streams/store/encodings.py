"""Compressed request bodies, unpacked up to a bound."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from typing import Protocol

import lz4.frame

from streams.store.errors import StoreError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes | None: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


_DECOMPRESSORS: dict[str, Callable[[], _Decompressor]] = {
    "lz4": lz4.frame.LZ4FrameDecompressor,
    "zstd": zstd.ZstdDecompressor,
    "gzip": lambda: zlib.decompressobj(zlib.MAX_WBITS | 16),
    "deflate": zlib.decompressobj,
}


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """Return `body` without its `Content-Encoding`.

    Args:
        body: What was sent.
        encoding: `lz4`, `zstd`, `gzip`, `deflate`, or empty or `identity` for none.
        limit: Most bytes of the result: a small body can unpack to any size.

    Raises:
        StoreError: The encoding is unknown, the body is not of it, or the result is larger than `limit`.
    """
    if encoding in ("", "identity"):
        return body
    if encoding not in _DECOMPRESSORS:
        raise StoreError(f"Content-Encoding {encoding!r} is not known; send {', '.join(_DECOMPRESSORS)} or none")
    try:
        plain = _frames(body, _DECOMPRESSORS[encoding], limit + 1)
    except (EOFError, RuntimeError, zlib.error, zstd.ZstdError) as error:
        raise StoreError(f"the body is not {encoding}: {error}") from None
    if len(plain) > limit:
        raise StoreError(f"the body unpacks to more than {limit:,} bytes; send it in smaller parts")
    return plain


def _frames(body: bytes, decompressor: Callable[[], _Decompressor], enough: int) -> bytes:
    """Unpack frame by frame, since clickhouse-connect sends one for each block."""
    plain = bytearray()
    rest: bytes | None = body
    while rest and len(plain) < enough:
        frame = decompressor()
        plain += frame.decompress(rest, enough - len(plain))
        if not frame.eof and len(plain) < enough:
            raise EOFError("it ends in the middle")
        rest = frame.unused_data
    return bytes(plain)
