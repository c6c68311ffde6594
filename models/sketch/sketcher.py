"""The sketch of a prompt: template keys and a content vector, under the key of a deployment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash  # type: ignore[attr-defined]  # re-exported by a star from compiled code

from models.event import CONTENT_BYTES, MAX_TEMPLATES
from models.sketch.alphabet import alphabet
from models.sketch.content import content_vectors
from models.sketch.prompt import Message, Prompt
from models.sketch.secret import Secrets
from models.sketch.templates import ROWS, band_windows, template_keys
from models.sketch.tokens import read_tokens

# As many prompts at once as keep the tokens of ordinary ones in the processor's cache, yet amortise the calls.
SLICE = 256
_KEY_BYTES = 8
_NO_CONTENT = bytes(CONTENT_BYTES)
_ROWS_SEED = 1  # public: what is hashed is keyed already


class Sketch(NamedTuple):
    """What an event says about a prompt instead of the prompt.

    Attributes:
        templates: Template keys, 16 hexadecimal digits each, at most 24, in an order without meaning.
        content: Content vector, 64 signed bytes; None when there is nothing to read.
    """

    templates: tuple[str, ...]
    content: bytes | None


class _Tokens(NamedTuple):
    """The tokens of a slice of prompts; see `models.sketch.tokens.read_tokens`."""

    hashes: NDArray[np.uint64]
    units: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    bounds: NDArray[np.int64]


class Sketcher:
    """Sketches prompts under the key of a deployment and, while that changes, under the one before as well.

    Nothing is shared between sketches under different keys, and no prompt is kept. Sketching releases the GIL for most
    of its time; one sketcher may serve many threads.

    With two keys a sketch has template keys under both, at most 12 of each, so that it meets sketches of gateways that
    have only the old key, or only the new one, whichever way the change goes over them. What there is one of in an
    event, as the content vector, is under the old key until that is taken away: by then template keys under the new
    one have told who belongs together.

    >>> sketcher = Sketcher(b"an example key, not a secret one")
    >>> one, two, other = sketcher.sketch_many([
    ...     Prompt(last="Write out every thought before the answer. What is the boiling point of helium?"),
    ...     Prompt(last="Write out every thought before the answer. Who painted the ceiling of the chapel?"),
    ...     Prompt(last="Can you recommend a quiet place to have dinner near the station tonight?"),
    ... ])
    >>> bool(set(one.templates) & set(two.templates)), bool(set(one.templates) & set(other.templates))
    (True, False)
    >>> sketcher.sketch([Message("user", "Hi")]).templates
    ()

    >>> both, old = Sketcher(b"the key that comes next", b"the key that goes"), Sketcher(b"the key that goes")
    >>> prompt = [Message("user", "Write out every thought before the answer. Who painted the chapel's ceiling?")]
    >>> set(old.sketch(prompt).templates) < set(both.sketch(prompt).templates)
    True

    Args:
        key: Secret of the deployment, at least 16 bytes.
        previous: The secret before that, while gateways or accounts are known by it.

    Raises:
        WeakKey: A key is shorter.
    """

    def __init__(self, key: bytes, previous: bytes | None = None) -> None:
        self._secrets = [Secrets.derived_from(one) for one in (previous, key) if one is not None]

    def sketch(self, messages: Sequence[Message]) -> Sketch:
        """Return the sketch of one conversation."""
        return self.sketch_many([Prompt.of(messages)])[0]

    def sketch_many(self, prompts: Sequence[Prompt]) -> list[Sketch]:
        """Return the sketches of prompts, in order. Many at once cost a tenth of one at a time."""
        return [
            sketch
            for start in range(0, len(prompts), SLICE)
            for sketch in self._sketch_slice(prompts[start : start + SLICE])
        ]

    def _sketch_slice(self, prompts: Sequence[Prompt]) -> Iterator[Sketch]:
        texts, roles = _distinct(prompts)
        most = MAX_TEMPLATES // len(self._secrets)
        made = [_sketches(texts, roles, secrets, most) for secrets in self._secrets]
        if len(made) == 1:
            return iter(made[0])
        # In order, or their order would say which are under which key.
        return (
            Sketch(tuple(sorted({*old.templates, *new.templates})), old.content) for old, new in zip(*made, strict=True)
        )


def _sketches(texts: Sequence[str], roles: NDArray[np.int64], secrets: Secrets, most: int) -> list[Sketch]:
    """Return the sketches of prompts under one key."""
    tokens = _tokens(texts, secrets)
    keys, bounds = _keys(tokens, roles, secrets, most)
    vectors = np.empty((len(roles), CONTENT_BYTES), np.int8)
    content_vectors(*tokens, roles, vectors)
    templates = tuple(keys.astype(">u8").tobytes().hex(" ", _KEY_BYTES).split(" "))
    contents = [vector.tobytes() for vector in vectors]
    return [
        Sketch(templates[start:end], content if content != _NO_CONTENT else None)
        for content, (start, end) in zip(contents, pairwise(bounds.tolist()), strict=True)
    ]


def _tokens(texts: Sequence[str], secrets: Secrets) -> _Tokens:
    encoded = [text.encode("utf-8", "replace") for text in texts]
    bounds = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum(list(map(len, encoded)), out=bounds[1:])
    room = int(bounds[-1])
    heads, hashes = np.empty(room, np.uint64), np.empty(room, np.uint64)
    units, flags = np.empty(room, np.uint8), np.empty(room, np.uint8)
    token_bounds = np.empty_like(bounds)
    buffer = np.frombuffer(b"".join(encoded), np.uint8)
    read_tokens(buffer, bounds, alphabet(), secrets.token, heads, hashes, units, flags, token_bounds)
    made = int(token_bounds[-1])
    return _Tokens(hashes[:made], units[:made], flags[:made], token_bounds)


def _keys(
    tokens: _Tokens, roles: NDArray[np.int64], secrets: Secrets, most: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the keys of all prompts and which keys are whose."""
    windows, bounds = np.empty_like(tokens.hashes), np.empty(len(tokens.bounds), np.uint64)
    band_windows(tokens.hashes, tokens.units, tokens.bounds, roles, windows, bounds)
    rows = RMinHash.digest_matrix_from_flat_token_hashes(windows[: int(bounds[-1])], bounds, ROWS, _ROWS_SEED)
    digests = np.array(rows.to_rows(), np.uint32).reshape(-1, ROWS)
    keys, key_bounds = np.empty(len(roles) * most, np.uint64), np.empty(len(roles) + 1, np.int64)
    template_keys(*tokens, roles, bounds, digests, secrets.template, most, keys, key_bounds)
    return keys[: key_bounds[-1]], key_bounds


def _distinct(prompts: Sequence[Prompt]) -> tuple[list[str], NDArray[np.int64]]:
    """Return the texts of some prompts, each once, and the numbers of every prompt's texts, or -1.

    A system prompt is often the same for many prompts of a slice, and longer than the rest.
    """
    numbers: dict[str, int] = {}
    roles = [numbers.setdefault(text, len(numbers)) if text else -1 for prompt in prompts for text in prompt]
    return list(numbers), np.array(roles, np.int64).reshape(len(prompts), len(Prompt._fields))
