"""An account as a record, key and value both bytes: what is written of it to the changelog, and to disk when cold.

The key is `a` and the account id. The value:

| bytes | |
|---|---|
| 1 | `RECORD_VERSION` |
| 4 | requests when last told of to the population sample, little-endian; 0 when never |
| 2 | length of the organisation's name; 0 where that is the account |
| that many | the name |
| the rest | the row (`models.account.row.pack_all`) |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from models.account.row import pack_all, unpack

Record = tuple[bytes, bytes]

ACCOUNT = b"a"
RECORD_VERSION = 1
_HEAD = Struct("<BIH")


@dataclass(frozen=True, slots=True)
class Saved:
    """What a record says: the organisation is None where it is the account; see the table for the rest."""

    name: str
    org: str | None
    told: int
    row: np.void


def account_key(name: str) -> bytes:
    """Return the key of an account's record."""
    return ACCOUNT + name.encode("utf-8", "surrogatepass")


def name_of_key(key: bytes) -> str:
    """Return the account id in the key of a record.

    >>> name_of_key(account_key("a"))
    'a'
    """
    return key[len(ACCOUNT) :].decode("utf-8", "surrogatepass")


def to_records(
    names: Sequence[str], orgs: Sequence[str], told: Sequence[int], rows: NDArray[np.void]
) -> Iterator[Record]:
    """Yield the record of each row; `orgs` are empty where they are the account. Takes a microsecond or two each."""
    for name, org, count, packed in zip(names, orgs, told, pack_all(rows), strict=True):
        organisation = org.encode("utf-8", "surrogatepass")
        head = _HEAD.pack(RECORD_VERSION, count, len(organisation))
        yield account_key(name), head + organisation + packed


def of_record(key: bytes, value: bytes) -> Saved | None:
    """Return what a record says, None when it is of another version or not whole."""
    if len(value) < _HEAD.size:
        return None
    version, told, length = _HEAD.unpack_from(value)
    at = _HEAD.size + length
    row = unpack(value[at:]) if version == RECORD_VERSION else None
    if row is None:
        return None
    org = value[_HEAD.size : at].decode("utf-8", "surrogatepass") if length else None
    return Saved(name_of_key(key), org, told, row)
