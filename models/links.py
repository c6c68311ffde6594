"""Link keys: what two accounts can have in common, as 64-bit numbers.

A link key is a keyed hash that two accounts may share: a template key of their prompts, a payment instrument,
a network. `api-events` carries them as opaque strings; inside the pipeline each is one unsigned 64-bit number,
the same on every worker, so the hash must not depend on the process (Python's own `hash` does). It is SipHash-1-3
with a public key: identifiers are the provider's, or keyed hashes already.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from models.words import hash_text, words_of


class LinkKind(IntEnum):
    """What a link is made of. The numbers are stored, so they are never reused."""

    TEMPLATE = 1
    PAYMENT = 2
    SIGNUP = 3
    IP = 4
    TLS = 5
    REASONING = 6
    SHAPE = 7
    IDENTITY = 8

    @property
    def is_identity(self) -> bool:
        """Whether the link is who pays or who registered, which unrelated people do not have in common."""
        return self in (LinkKind.PAYMENT, LinkKind.SIGNUP, LinkKind.IDENTITY)

    @property
    def is_network(self) -> bool:
        """Whether the link is where requests come from."""
        return self in (LinkKind.IP, LinkKind.TLS)

    @property
    def is_content(self) -> bool:
        """Whether the link comes from what was asked, not from who asked and from where."""
        return self in (LinkKind.TEMPLATE, LinkKind.REASONING)


def stable_hash(text: str, *, kind: int = 0) -> int:
    """Return a 64-bit hash of `text` that is the same in every process; never 0, which means "absent".

    Args:
        text: An identifier, already pseudonymous where it has to be.
        kind: Keeps equal strings of different kinds apart.

    >>> stable_hash("a") == stable_hash("a"), stable_hash("a", kind=2) == stable_hash("a", kind=3)
    (True, False)
    """
    raw = text.encode("utf-8", "surrogatepass")
    return int(hash_text(words_of(raw), 0, len(raw), hash_key(kind)))


def hash_key(kind: int) -> NDArray[np.uint64]:
    """Return the key of `stable_hash` for a kind, shape (2,): a number that is nobody's secret."""
    return np.array([0x5374696C6C776174, kind], dtype=np.uint64)
