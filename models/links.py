"""Link keys: what two accounts can have in common, as 64-bit numbers.

A link key is a keyed hash that two accounts may share: a template key of their prompts, a payment instrument,
a network. `api-events` carries them as opaque strings; inside the pipeline each is one unsigned 64-bit number,
the same on every worker, so the hash must not depend on the process (Python's own `hash` does).
"""

from __future__ import annotations

from enum import IntEnum
from hashlib import blake2b


class LinkKind(IntEnum):
    """What a link is made of. The numbers are stored, so they are never reused."""

    TEMPLATE = 1
    PAYMENT = 2
    SIGNUP = 3
    IP = 4
    TLS = 5
    REASONING = 6
    SHAPE = 7

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
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, salt=bytes([kind])).digest()
    return int.from_bytes(digest, "little") or 1


class Interner:
    """Remembers the hashes of strings that come again and again (networks, clients, organisations).

    `blake2b` costs about 1 us and a dictionary hit 0.05 us. The memory is bounded: when `capacity` strings
    are known the table starts afresh, which costs time, never correctness.

    >>> Interner(kind=2)["card"] == stable_hash("card", kind=2)
    True
    """

    def __init__(self, *, kind: int = 0, capacity: int = 1_000_000) -> None:
        self._kind = kind
        self._capacity = capacity
        self._known: dict[str | None, int] = {None: 0}

    def __getitem__(self, text: str | None) -> int:
        """Return the hash of `text`, or 0 for None."""
        known = self._known.get(text)
        if known is None:
            assert text is not None
            if len(self._known) > self._capacity:
                self._known = {None: 0}
            known = self._known[text] = stable_hash(text, kind=self._kind)
        return known
