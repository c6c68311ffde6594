"""What outlives a worker of one partition's account model: which records are written, and how they are read back.

The state is a set of records, key and value both bytes, each overwritten by the next of its key:

| key | value |
|---|---|
| `h` | `Header` as MessagePack: the offset up to which events are applied, and what the partition has once |
| `a` + account id | `models.account.record`; a tombstone when the account was erased |
| `e` + segment | hashes of event ids seen (`models.account.journal`) |
| `k` + segment | entries of the first-sight filter of link keys |
| `r` + segment | reasoning blocks, and which account each was returned to |

All records of one checkpoint are written together or not at all, and the header says which offset they are as of: so
events at or below it are skipped when they are delivered again, and every other one is applied to the very state that
it would have met without the interruption. Times and counts are those of `models.account.row`.

A row of another layout version is left out: that account begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from models.account.clock import ACCOUNTS, DOUBTED, VOTES
from models.account.journal import Journal
from models.account.record import ACCOUNT, Record, account_key, name_of_key, of_record, to_records
from models.account.repeats import ENTRY
from models.account.sampler import Sampler
from models.account.shard import AccountShard, Outcome
from models.distinct import distinct
from models.event import MAX_TS
from models.facts import AccountFacts
from models.links import stable_hash
from models.sighting import picked

HEADER, EVENT_IDS, LINK_KEYS, BLOCKS = b"h", b"e", b"k", b"r"
HEADER_VERSION = 1

_RETURNED = np.dtype([("key", "u8"), ("account", "u8")])
# Records between two looks at how many accounts are in memory, while they are put back; accounts that leave at once.
_RESTORED_AT_ONCE, PARTED_AT_ONCE = 10_000, 2_000


# The last facts of accounts by their hashes, as the topic holds them; None: the account was erased.
Facts = dict[int, AccountFacts | None]


class StateError(ValueError):
    """State that cannot be read; the message says what to do."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a partition has once.

    Attributes:
        offset: Of the last event that was applied; -1 before the first.
        watermark: Largest event time, epoch ms.
        sample_limit: Largest account hash in the population sample.
        bans: Facts of bans whose time has not come.
        votes, earliest, sure, support, accounts, behind, latest, doubted: Of `models.account.clock`.
        version: Of this layout.
    """

    offset: Annotated[int, Meta(ge=-1)]
    watermark: Annotated[int, Meta(ge=0, le=MAX_TS)]
    sample_limit: Annotated[int, Meta(ge=0)]
    bans: tuple[AccountFacts, ...] = ()
    votes: Annotated[int, Meta(ge=0, lt=VOTES)] = 0
    earliest: Annotated[int, Meta(ge=0, le=MAX_TS)] = 0
    sure: bool = True
    support: Annotated[int, Meta(ge=0, le=VOTES)] = 0
    accounts: Annotated[tuple[int, ...], Meta(max_length=ACCOUNTS)] = ()
    behind: Annotated[int, Meta(ge=0, le=VOTES)] = 0
    latest: Annotated[int, Meta(ge=0, le=MAX_TS)] = 0
    doubted: Annotated[int, Meta(ge=0, le=DOUBTED)] = 0
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
    erased: list[bytes]

    def records(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the records to write together; takes a microsecond or two per account."""
        yield from ((key, None) for key in self.erased)  # first, for an account may have come again since
        yield from to_records(self.names, self.orgs, self.told, self.rows)
        yield from self.segments
        yield HEADER, msgspec.msgpack.encode(self.header)


@dataclass(slots=True)
class AccountState:
    """The account model of one partition with what is needed to save it.

    Args:
        shard: With `saving`.
        sampler: Of the same partition.
        offset: Of the last event that was applied.
        most: Accounts to keep in memory, while the others are cold; None: all.
        tell: Called with the open windows (dtype `CLOSED`) of accounts before they leave memory.

    >>> state = AccountState(AccountShard(saving=True), Sampler())
    >>> [key for key, _ in state.changes().records()]
    [b'h']
    """

    shard: AccountShard
    sampler: Sampler
    offset: int = -1
    most: int | None = None
    tell: Callable[[AccountShard, NDArray[np.void]], None] = lambda _shard, _windows: None
    dropped: int = 0
    """Accounts whose rows were of another version."""
    _erased: list[bytes] = field(default_factory=list)
    _facts: Facts = field(default_factory=dict)
    _facts_before: Facts = field(default_factory=dict)
    _event_ids: Journal = field(init=False)
    _link_keys: Journal = field(init=False)
    _blocks: Journal = field(init=False)

    def __post_init__(self) -> None:
        self._event_ids = Journal(np.dtype("u8"), self.shard.remembered)
        self._link_keys = Journal(ENTRY, self.shard.remembered)
        self._blocks = Journal(_RETURNED, self.shard.remembered)

    def note(self, outcome: Outcome, offset: int) -> None:
        """Note what a part of the stream that ends at `offset` changed."""
        bank, self.offset = self.shard.bank, offset
        if not self.shard.saving:
            return
        told_of = bank.places_of(outcome.sightings["owner"]["account"])  # one may have waited for another's event
        for places in (outcome.touched, outcome.closed["row"], told_of[told_of >= 0]):
            bank.unsaved[places] = True

    def learn_facts(self, facts: AccountFacts) -> None:
        """Take in what the provider's own systems say of an account."""
        self.shard.learn_facts(facts)
        self._facts[stable_hash(facts.account_id)] = facts
        if self.shard.saving:
            place = self.shard.bank.place_for(facts.account_id)  # first, for a new account may replace the array
            self.shard.bank.unsaved[place] = True

    def erase(self, account: int) -> None:
        """Forget the account with a hash, in memory, on disk and, with the next changes, in what is saved."""
        self._facts[account] = None
        name = self.shard.forget(account)
        self.sampler.forget(account)
        if name is not None and self.shard.saving:
            self._erased.append(account_key(name))

    @property
    def unsaved_facts(self) -> Facts:
        """The facts since the last checkpoint but one: all that may not be saved yet."""
        return self._facts_before | self._facts

    def relearn(self, facts: Facts) -> None:
        """Take in the `unsaved_facts` of another state of the same partition."""
        for account, one in facts.items():
            if one is None:
                self.erase(account)
            else:
                self.learn_facts(one)

    def changes(self) -> Changes:
        """Return what changed since the last call."""
        bank = self.shard.bank
        places = self._unsaved()
        bank.unsaved[places] = False
        erased, self._erased = self._erased, []
        self._facts_before, self._facts = self._facts, {}
        rows = picked(bank.rows, places)
        accounts, orgs = rows["account"], rows["org"]
        foreign = bank.names_of(distinct(orgs[(orgs != accounts) & (orgs != 0)]))
        own = zip(accounts.tolist(), orgs.tolist(), strict=True)
        return Changes(
            self._header(),
            [bank.names[place] for place in places.tolist()],
            ["" if org == account or not org else foreign[org] for account, org in own],
            [*map(self.sampler.told, accounts.tolist())],
            rows,
            [*self._segments()],
            erased,
        )

    def restore(self, records: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take over saved records, of one key the last; the state must be a new one.

        Raises:
            StateError: There are records and no header, or one of another version.
        """
        told: dict[int, int] = {}
        once: dict[bytes, bytes] = {}
        erased: set[bytes] = set()
        for number, (key, value) in enumerate(records, 1):
            if key[:1] != ACCOUNT:
                once |= {key: value} if value is not None else {}
            elif value is None:
                self._forget_saved(key, told)
                erased.add(key)
            else:
                self._restore_account(key, value, told)
                erased.discard(key)
            if number % _RESTORED_AT_ONCE == 0:
                while len(places := self.coldest()):
                    self.part_with(places)
        if once or told:
            self._restore_once(once, told, erased)

    @property
    def is_full(self) -> bool:
        """Whether more accounts are in memory than there should be."""
        return self.most is not None and len(self.shard.bank) > self.most

    @property
    def is_crowded(self) -> bool:
        """Whether so many are that nothing more should be taken in before a checkpoint."""
        return self.most is not None and len(self.shard.bank) > 2 * self.most

    def coldest(self) -> NDArray[np.int64]:
        """Return the rows of some accounts that should leave memory, all of them saved; none where there is room.

        A sixteenth more leave than have to, so that they are not looked for again at once.
        """
        if self.most is None or not self.is_full:
            return np.zeros(0, dtype=np.int64)
        surplus = len(self.shard.bank) - self.most + self.most // 16
        return self.shard.coldest(min(surplus, PARTED_AT_ONCE), self._unsaved())

    def part_with(self, places: NDArray[np.int64]) -> None:
        """Let the accounts of some rows leave memory."""
        self.tell(self.shard, self.shard.open_windows(places))
        self.shard.bank.part_with(places)

    def _unsaved(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.shard.bank.unsaved)

    def _header(self) -> Header:
        return Header(
            offset=self.offset,
            watermark=self.shard.watermark,
            sample_limit=self.sampler.limit,
            bans=self.shard.pending_bans,
            votes=self.shard.clock.votes,
            earliest=self.shard.clock.earliest,
            sure=self.shard.clock.sure,
            support=self.shard.clock.support,
            accounts=tuple(sorted(self.shard.clock.accounts)),
            behind=self.shard.clock.behind,
            latest=self.shard.clock.latest,
            doubted=self.shard.clock.doubted,
        )

    def _segments(self) -> Iterator[Record]:
        for number, value in self._event_ids.add(self.shard.event_ids.changes()["key"]):
            yield EVENT_IDS + number.to_bytes(2, "big"), value
        for number, value in self._link_keys.add(self.shard.keys.changes()):
            yield LINK_KEYS + number.to_bytes(2, "big"), value
        returned = self.shard.ledger.seen.changes()
        for number, value in self._blocks.add(returned[["key", "account"]].astype(_RETURNED)):
            yield BLOCKS + number.to_bytes(2, "big"), value

    def _restore_account(self, key: bytes, value: bytes, told: dict[int, int]) -> None:
        saved = of_record(key, value)
        if saved is None:
            self.dropped += 1
            return
        bank = self.shard.bank
        bank.know_org(saved.org)
        bank.restore(saved.name, saved.row)
        account = int(saved.row["account"])
        if saved.told:
            told[account] = saved.told
        else:
            told.pop(account, None)

    def _forget_saved(self, key: bytes, told: dict[int, int]) -> None:
        """Forget an account of which an earlier record was read, which the broker has not compacted yet."""
        account = stable_hash(name_of_key(key))
        self.shard.bank.forget(account)
        told.pop(account, None)

    def _restore_once(self, once: dict[bytes, bytes], told: dict[int, int], erased: set[bytes]) -> None:
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
        clock = shard.clock
        clock.votes, clock.earliest, clock.sure = header.votes, header.earliest, header.sure
        clock.support, clock.accounts = header.support, frozenset(header.accounts)
        clock.behind, clock.latest, clock.doubted = header.behind, header.latest, header.doubted
        self.sampler.restore(header.sample_limit, told)
        for facts in header.bans:
            if account_key(facts.account_id) not in erased:
                shard.learn_facts(facts)
        try:
            ids: NDArray[np.uint64] = self._event_ids.restore(_of(once, EVENT_IDS))
            keys: NDArray[np.void] = self._link_keys.restore(_of(once, LINK_KEYS))
            blocks = self._blocks.restore(_of(once, BLOCKS))
        except ValueError as error:
            raise StateError(f"a segment of the saved state cannot be read: {error}; set another group_id") from None
        shard.event_ids.restore(_entries(ids, np.zeros(len(ids), dtype="u8")))
        shard.keys.restore(keys)
        shard.ledger.seen.restore(_entries(blocks["key"], blocks["account"]))


def _of(records: dict[bytes, bytes], kind: bytes) -> list[bytes]:
    return [value for key, value in records.items() if key[:1] == kind]


def _entries(keys: NDArray[np.uint64], accounts: NDArray[np.uint64]) -> NDArray[np.void]:
    entries = np.zeros(len(keys), dtype=ENTRY)
    entries["key"], entries["account"] = keys, accounts
    return entries
