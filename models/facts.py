"""Account facts: what the provider's own systems know about an account, decoded and validated.

They travel on a compacted topic keyed by account: each message replaces the one before. A ban is how the
pipeline learns that a pool was closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from models.decoding import Decoder, Violation
from models.event import MAX_EVENT_BYTES, Id64, Id128, Millis
from models.links import stable_hash

Status = Literal["active", "limited", "banned"]


class AccountFacts(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What is known of one account from `ts` on (contract v1, section 2). Unknown fields are ignored.

    A field that is absent or null is unknown, and nothing is concluded from it.

    Attributes:
        account_id: The account.
        ts: Since when this holds, epoch milliseconds UTC.
        status: `active`, `limited` or `banned`.
        verified: The owner's identity was checked.
        permits: Agreed uses, such as `synthetic_data`, `evaluation` or `red_team`.
        reseller: The account serves end users of its own.
        plan: Subscription.
        org_id: Billing organisation.
        payment: Keyed hash of the payment instrument.
        signup: Keyed hash of the registration's fingerprint.
        created: Creation of the account, epoch milliseconds UTC.

    >>> decode_facts(b'{"account_id":"a","ts":1,"status":"banned"}').status
    'banned'
    """

    account_id: Id128
    ts: Millis
    status: Status | None = None
    verified: bool | None = None
    permits: Annotated[tuple[Id64, ...], msgspec.Meta(max_length=16)] | None = None
    reseller: bool | None = None
    plan: Id64 | None = None
    org_id: Id128 | None = None
    payment: Id64 | None = None
    signup: Id64 | None = None
    created: Millis | None = None


# Before the hash of an account, as the key of a tombstone among the facts: the account is to be forgotten altogether.
# A tombstone with an account's own key says that the provider withdrew the facts, and nothing of what it did.
_ERASED = b"\0erased\0"

_decoder = Decoder(AccountFacts, max_bytes=MAX_EVENT_BYTES)


def erasure_key(account_id: str) -> bytes:
    """Return the key of the tombstone by which workers learn that an account was erased; it does not name it.

    >>> erased_account(erasure_key("a")) == stable_hash("a"), erased_account(b"a")
    (True, None)
    """
    return _ERASED + stable_hash(account_id).to_bytes(8, "big")


def erased_account(key: bytes | None) -> int | None:
    """Return the hash of the account that a tombstone says was erased, None when it says something else."""
    if key is None or not key.startswith(_ERASED) or len(key) != len(_ERASED) + 8:
        return None
    return int.from_bytes(key[len(_ERASED) :], "big")


def decode_facts(raw: bytes | None) -> AccountFacts:
    """Return the facts in one message.

    Raises:
        InvalidMessage: It does not fit the contract; `violation` says why.
    """
    return _decoder.decode(raw)


def decode_all_facts(raws: Sequence[bytes | None]) -> tuple[list[AccountFacts], list[tuple[int, Violation]]]:
    """Return the messages of a chunk that fit, in order, and for every other its position and why not."""
    return _decoder.decode_many(raws)
