"""Files of lines, compressed by their suffix: `.gz`, `.zst`, anything else plain."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import BinaryIO, cast

from backports import zstd

Bytes = BinaryIO


def open_bytes(path: Path) -> BinaryIO:
    """Open `path` for reading bytes, decompressed by its suffix."""
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(path, "rb"))
    if path.suffix == ".zst":
        return cast("BinaryIO", zstd.open(path, "rb"))
    return path.open("rb")


def decompressed(file: BinaryIO, suffix: str) -> BinaryIO:
    """Return what reads `file` decompressed by the suffix of its name; the position of `file` tells how far it is."""
    if suffix == ".gz":
        return cast("BinaryIO", gzip.open(file, "rb"))
    if suffix == ".zst":
        return cast("BinaryIO", zstd.open(file, "rb"))
    return file


def create_bytes(path: Path) -> BinaryIO:
    """Open `path` for writing bytes, compressed by its suffix, making its folder; `-` is standard output."""
    if str(path) == "-":
        return cast("BinaryIO", open(sys.stdout.fileno(), "wb", closefd=False))
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(path, "wb", compresslevel=3))
    if path.suffix == ".zst":
        return cast("BinaryIO", zstd.open(path, "wb", level=3))
    return path.open("wb")
