"""A sighting: account A was seen on link K this often by now, and this is what A looks like.

Sightings are cumulative (counts never fall), so applying one twice, late or out of order changes nothing: the
larger count wins. They travel in batches, one Kafka message for all sightings of a chunk that go to one
partition of links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.distinct import distinct

FORMAT_VERSION = 4
# Rows of one message: at 313 bytes a row and names of at most 512 bytes, 825 KB, where brokers accept one megabyte.
BATCH_ROWS = 1000

# What a link or campaign model may know of an owner. A subset of `models.account.row.ACCOUNT`, in the same
# units.
OWNER = np.dtype(
    [
        ("account", "u8"),
        ("org", "u8"),
        ("created", "i8"),
        ("first", "i8"),
        ("last", "i8"),
        ("plan_tokens", "u8"),
        ("input_tokens", "u8"),
        ("output_tokens", "u8"),
        ("payment", "u8"),
        ("signup", "u8"),
        ("ip", "u8"),
        ("tls", "u8"),
        ("events", "u4"),
        ("openings", "u4"),
        ("tools", "u4"),
        ("cached", "u4"),
        ("signals", "u4"),
        ("refused", "u4"),
        ("errors", "u4"),
        ("flags", "u4"),
        ("gaps", "u4"),
        ("contents", "u4"),
        ("gap_mean", "f4"),
        ("gap_sd", "f4"),
        ("cohesion", "f4"),  # mean cosine between the account's own prompts; NaN below two of them
        ("output_mean", "f4"),  # of ln(1 + output tokens) over openings
        ("output_var", "f4"),
        ("model", "u4"),  # low bits of the hash of the model in use
        ("model_since", "i8"),  # since when, epoch ms
        ("capability", "u4"),  # low bits of the hash of what the account is used for most; 0 where it is not said
        ("client_moves", "u4"),
        ("ip_moves", "u4"),
        ("minutes", "u2", (8,)),
        ("hours", "u1", (24,)),
        ("content", "i1", (64,)),
    ]
)

SIGHTING = np.dtype(
    [
        ("key", "u8"),
        ("kind", "u1"),
        ("ts", "i8"),  # event time at which the sighting was made
        ("link_first", "i8"),  # the owner's first event on this link
        ("link_events", "u4"),  # the owner's events on this link, cumulative
        ("owner", OWNER),
    ]
)

Owners = NDArray[np.void]
Sightings = NDArray[np.void]


def raw(rows: NDArray[Any]) -> NDArray[np.void]:
    """Return a view of records as bytes without fields: NumPy copies such in a tenth of the time, not field by field.

    >>> rows = np.zeros(2, SIGHTING); raw(rows)[1:] = raw(np.ones(1, SIGHTING)); rows["key"].tolist()
    [0, 1]
    """
    return rows.view(_bytes(rows.dtype.itemsize))


@cache
def _bytes(size: int) -> np.dtype[np.void]:
    return np.dtype((np.void, size))


def picked(rows: NDArray[np.void], which: NDArray[np.int64] | NDArray[np.bool_]) -> NDArray[np.void]:
    """Return a copy of the records at places, or where a mask holds; a tenth of the time of `rows[which]`, see `raw`.

    >>> rows = np.zeros(3, SIGHTING); rows["key"] = [5, 6, 7]; picked(rows, np.array([2, 0]))["key"].tolist()
    [7, 5]
    """
    return raw(rows)[which].view(rows.dtype)


def joined(parts: Sequence[NDArray[np.void]], dtype: np.dtype[np.void] = SIGHTING) -> NDArray[np.void]:
    """Return arrays of records behind each other; NumPy's own way compares their fields, which takes longer.

    >>> len(joined([])), len(joined([np.zeros(2, SIGHTING), np.zeros(1, SIGHTING)]))
    (0, 3)
    """
    if len(parts) == 1:
        return parts[0]
    rows, begin = np.empty(sum(map(len, parts)), dtype=dtype), 0
    for part in parts:
        raw(rows)[begin : begin + len(part)] = raw(part)
        begin += len(part)
    return rows


class LayoutError(ValueError):
    """Sightings of another version of the layout."""


class SightingBatch(msgspec.Struct, frozen=True):
    """The sightings of one chunk for one partition of links, as it travels.

    Attributes:
        version: Of the layout; a batch of another version is refused.
        rows: Bytes of an array of `SIGHTING`.
        names: `account_id` and `org_id` of the owners of the rows, by their 64-bit hashes.
    """

    rows: bytes
    names: dict[int, str]
    version: int = FORMAT_VERSION

    def sightings(self) -> Sightings:
        """Return the rows as an array of shape (n,) and dtype `SIGHTING`."""
        return np.frombuffer(self.rows, dtype=SIGHTING)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SightingBatch)


def encode_batches(rows: Sightings, names_of: Callable[[NDArray[np.uint64]], dict[int, str]]) -> Iterator[bytes]:
    """Yield messages for `rows` (dtype `SIGHTING`), each well below the megabyte that brokers accept.

    Args:
        rows: In the order in which they travel.
        names_of: Returns the names behind hashes, none of them 0.

    >>> rows = np.zeros(2, SIGHTING); rows["owner"]["account"] = rows["owner"]["org"] = 7
    >>> [message] = encode_batches(rows, lambda hashes: {7: "a"})
    >>> batch = decode_batch(message); len(batch.sightings()), batch.names
    (2, {7: 'a'})
    """
    for start in range(0, len(rows), BATCH_ROWS):
        part = rows[start : start + BATCH_ROWS]
        hashes = distinct(np.concatenate([part["owner"]["account"], part["owner"]["org"]]))
        yield _encoder.encode(SightingBatch(part.tobytes(), names_of(hashes[hashes != 0])))


def decode_batch(message: bytes) -> SightingBatch:
    """Return the batch in `message`.

    Raises:
        LayoutError: The batch is of another version of the layout.
        ValueError: The message is no batch.
    """
    batch = _decoder.decode(message)
    if batch.version != FORMAT_VERSION or len(batch.rows) % SIGHTING.itemsize:
        raise LayoutError(
            f"sightings of layout version {batch.version} ({len(batch.rows)} bytes) cannot be read by version"
            f" {FORMAT_VERSION}: drain the topic with the old workers first, or delete its records"
        )
    return batch
