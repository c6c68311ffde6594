"""What outlives a worker of one partition's account model: which records are written, and how they are read back.

The state is a set of records, key and value both bytes, each overwritten by the next of its key:

| key | value |
|---|---|
| `h` | `Header` as MessagePack: the offset up to which events are applied, and what the partition has once |
| `a` + account id | version, requests when last told of to the population sample (`<u4`), the organisation, the row |
| `e` + segment | hashes of event ids seen (`models.account.journal`) |
| `k` + segment | entries of the first-sight filter of link keys |

All records of one checkpoint are written together or not at all, and the header says which offset they are as of: so
events at or below it are skipped when they are delivered again, and every other one is applied to the very state that
it would have met without the interruption. Times and counts are those of `models.account.row`.

What is not kept: which reasoning blocks an account was given (`models.account.reasoning`). An account that presents one
of its own after a restart is reported as one owner of the block; a link of one owner says nothing.

A row of another layout version is left out: that account begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from models.account.journal import Journal
from models.account.repeats import ADMITTED, ENTRY
from models.account.row import pack_all, unpack
from models.account.sampler import Sampler
from models.account.shard import AccountShard, Outcome
from models.event import MAX_TS
from models.facts import AccountFacts

Record = tuple[bytes, bytes]

HEADER, ACCOUNT, EVENT_IDS, LINK_KEYS = b"h", b"a", b"e", b"k"
RECORD_VERSION = 1
HEADER_VERSION = 1

# An entry of the first-sight filter, with the account that waits for the second use; 0 once the key is admitted.
_WAITING = np.dtype([("key", "u8"), ("ts", "i8"), ("account", "u8")])
_HEAD = Struct("<BIH")


class StateError(ValueError):
    """State that cannot be read; the message says what to do."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a partition has once.

    Attributes:
        offset: Of the last event that was applied; -1 before the first.
        watermark: Largest event time, epoch ms.
        sample_limit: Largest account hash in the population sample.
        bans: Facts of bans whose time has not come.
        version: Of this layout.
    """

    offset: Annotated[int, Meta(ge=-1)]
    watermark: Annotated[int, Meta(ge=0, le=MAX_TS)]
    sample_limit: Annotated[int, Meta(ge=0)]
    bans: tuple[AccountFacts, ...] = ()
    version: int = HEADER_VERSION


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since the checkpoint before, copied so that the model can go on meanwhile."""

    header: Header
    names: list[str]
    orgs: list[str]
    told: list[int]
    rows: NDArray[np.void]
    segments: list[Record]

    def records(self) -> Iterator[Record]:
        """Yield the records to write together; takes a microsecond or two per account."""
        for name, org, told, packed in zip(self.names, self.orgs, self.told, pack_all(self.rows), strict=True):
            organisation = org.encode("utf-8", "surrogatepass")
            head = _HEAD.pack(RECORD_VERSION, told, len(organisation))
            yield ACCOUNT + name.encode("utf-8", "surrogatepass"), head + organisation + packed
        yield from self.segments
        yield HEADER, msgspec.msgpack.encode(self.header)


@dataclass(slots=True)
class AccountState:
    """The account model of one partition with what is needed to save it.

    Args:
        shard: With `saving`.
        sampler: Of the same partition.
        offset: Of the last event that was applied.

    >>> state = AccountState(AccountShard(saving=True), Sampler())
    >>> [key for key, _ in state.changes().records()]
    [b'h']
    """

    shard: AccountShard
    sampler: Sampler
    offset: int = -1
    dropped: int = 0
    """Accounts whose rows were of another version."""
    _changed: list[NDArray[np.int64]] = field(default_factory=list)
    _event_ids: Journal = field(init=False)
    _link_keys: Journal = field(init=False)

    def __post_init__(self) -> None:
        self._event_ids = Journal(np.dtype("u8"), self.shard.remembered)
        self._link_keys = Journal(_WAITING, self.shard.remembered)

    def note(self, outcome: Outcome, offset: int) -> None:
        """Note what a part of the stream that ends at `offset` changed."""
        bank, self.offset = self.shard.bank, offset
        owners = np.unique(outcome.sightings["owner"]["account"]).tolist()  # one may have waited for another's event
        told_of = [place for owner in owners if (place := bank.place_of_hash(owner)) is not None]
        self._changed += [outcome.touched, outcome.closed["row"], np.array(told_of, dtype=np.int64)]

    def note_account(self, name: str) -> None:
        """Note that facts changed an account."""
        self._changed.append(np.array([self.shard.bank.place_for(name)], dtype=np.int64))

    def changes(self) -> Changes:
        """Return what changed since the last call."""
        bank = self.shard.bank
        places = np.unique(np.concatenate([np.zeros(0, np.int64), *self._changed]))
        self._changed.clear()
        rows = bank.rows[places]
        owners = zip(rows["account"].tolist(), rows["org"].tolist(), strict=True)
        return Changes(
            self._header(),
            [bank.names[place] for place in places.tolist()],
            ["" if org in (0, account) else bank.name_of(org) for account, org in owners],
            [self.sampler.told(place) for place in places.tolist()],
            rows,
            [*self._segments()],
        )

    def restore(self, records: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take over saved records, of one key the last; the state must be a new one.

        Raises:
            StateError: There are records and no header, or one of another version.
        """
        told: dict[int, int] = {}
        once: dict[bytes, bytes] = {}
        for key, value in records:
            if key[:1] != ACCOUNT:
                once |= {key: value} if value is not None else {}
            elif value is not None:  # None: erased
                self._restore_account(key[1:].decode("utf-8", "surrogatepass"), value, told)
        if once or told:
            self._restore_once(once, told)

    def _header(self) -> Header:
        return Header(
            offset=self.offset,
            watermark=self.shard.watermark,
            sample_limit=self.sampler.limit,
            bans=self.shard.pending_bans,
        )

    def _segments(self) -> Iterator[Record]:
        for number, value in self._event_ids.add(self.shard.event_ids.changes()["key"]):
            yield EVENT_IDS + number.to_bytes(2, "big"), value
        entries = self.shard.keys.changes()
        waiting = np.zeros(len(entries), dtype=_WAITING)
        waiting["key"], waiting["ts"] = entries["key"], entries["ts"]
        pending = entries["row"] >= 0
        waiting["account"][pending] = self.shard.bank.rows["account"][entries["row"][pending]]
        for number, value in self._link_keys.add(waiting):
            yield LINK_KEYS + number.to_bytes(2, "big"), value

    def _restore_account(self, name: str, value: bytes, told: dict[int, int]) -> None:
        if len(value) < _HEAD.size:
            self.dropped += 1
            return
        version, told_at, length = _HEAD.unpack_from(value)
        at = _HEAD.size + length
        row = unpack(value[at:]) if version == RECORD_VERSION else None
        if row is None:
            self.dropped += 1
            return
        bank = self.shard.bank
        if length:
            bank.know_org(value[_HEAD.size : at].decode("utf-8", "surrogatepass"))
        place = bank.restore(name, row)
        if told_at:
            told[place] = told_at
        elif place in told:
            del told[place]

    def _restore_once(self, once: dict[bytes, bytes], told: dict[int, int]) -> None:
        try:
            header: Header | None = msgspec.msgpack.decode(once.get(HEADER, b""), type=Header)
        except msgspec.MsgspecError:
            header = None
        if header is None or header.version != HEADER_VERSION:
            found = "none" if header is None else f"version {header.version}"
            raise StateError(
                f"the saved state has no header of version {HEADER_VERSION} (found: {found}): run the workers of the"
                " version that wrote it, or set another group_id to start anew"
            )
        shard = self.shard
        self.offset, shard.watermark = header.offset, header.watermark
        self.sampler.restore(header.sample_limit, told)
        for facts in header.bans:
            shard.learn_facts(facts)
        try:
            ids: NDArray[np.uint64] = self._event_ids.restore(_of(once, EVENT_IDS))
            keys = self._link_keys.restore(_of(once, LINK_KEYS))
        except ValueError as error:
            raise StateError(f"a segment of the saved state cannot be read: {error}; set another group_id") from None
        shard.event_ids.restore(_entries(ids, np.zeros(len(ids), "i8"), np.full(len(ids), ADMITTED, "i4")))
        places = [ADMITTED if (at := shard.bank.place_of_hash(one)) is None else at for one in keys["account"].tolist()]
        shard.keys.restore(_entries(keys["key"], keys["ts"], np.array(places, dtype="i4")))


def _of(records: dict[bytes, bytes], kind: bytes) -> list[bytes]:
    return [value for key, value in records.items() if key[:1] == kind]


def _entries(keys: NDArray[np.uint64], times: NDArray[np.int64], rows: NDArray[np.int32]) -> NDArray[np.void]:
    entries = np.zeros(len(keys), dtype=ENTRY)
    entries["key"], entries["ts"], entries["row"] = keys, times, rows
    return entries
