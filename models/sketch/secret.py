"""The key of a deployment, and the keys that are derived from it."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MIN_KEY_BYTES = 16
SETTING = "STILLWATCH_SKETCH_KEY"


class WeakKey(ValueError):  # noqa: N818  # the word is in the name already
    """The key of the sketches is too short to keep prompts secret."""


class Secrets(NamedTuple):
    """Keys of the hashes inside the sketch, two uint64 each.

    Attributes:
        token: Turns tokens into numbers, which never leave the process.
        template: Turns stretches into template keys, which do.
    """

    token: NDArray[np.uint64]
    template: NDArray[np.uint64]

    @classmethod
    def derived_from(cls, key: bytes) -> Secrets:
        """Derive the keys with BLAKE2b, a name for each; a longer key than BLAKE2b takes is hashed first.

        Raises:
            WeakKey: `key` has fewer than 16 bytes.
        """
        if len(key) < MIN_KEY_BYTES:
            raise WeakKey(
                f"{SETTING} has {len(key)} bytes: "
                f"set it to at least {MIN_KEY_BYTES} random bytes, the same on every gateway"
            )
        if len(key) > hashlib.blake2b.MAX_KEY_SIZE:
            key = hashlib.blake2b(key).digest()
        return cls(*(_derived(key, name) for name in (b"token", b"template")))


def _derived(key: bytes, name: bytes) -> NDArray[np.uint64]:
    digest = hashlib.blake2b(key=key, digest_size=16, person=name).digest()
    return np.frombuffer(digest, "<u8").astype(np.uint64)
