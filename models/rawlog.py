"""Raw logs: API events that carry their messages, and how these become events without text (contract v1, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from models.decoding import Decoder, Violation
from models.event import Event
from models.sketch import Message, Prompt, Sketcher

MAX_RAW_BYTES = 16 * 1024 * 1024  # a context of a million tokens, escaped, and room

_Messages = Annotated[
    tuple[Message, ...] | UnsetType,
    Meta(extra={"allowed": "an array of messages, each with a `role` and a `content` of text or parts"}),
]


class RawLog(Event, frozen=True, kw_only=True):
    """An API event with `messages` in place of `templates` and `content`.

    Attributes:
        messages: The conversation of the request, oldest first. Unset once the log is sketched.
    """

    messages: _Messages


_decoder = Decoder(RawLog, max_bytes=MAX_RAW_BYTES)
_encoder = msgspec.json.Encoder()


class RawLogs:
    """Turns raw logs into events, under the key of a sketcher.

    >>> logs = RawLogs(Sketcher(b"an example key, not a secret one"))
    >>> raw = (b'{"event_id":"e","ts":1,"account_id":"a","model":"m","input_tokens":9,"output_tokens":2,'
    ...        b'"messages":[{"role":"user","content":"Name the longest river of every continent."}]}')
    >>> events, refused = logs.to_events([raw, b'{"event_id":"e"}'])
    >>> b"river" in events[0], b'"templates":["' in events[0]
    (False, True)
    >>> [(position, str(violation)) for position, violation in refused]
    [(1, 'ts is required')]
    """

    def __init__(self, sketcher: Sketcher) -> None:
        self._sketcher = sketcher

    def to_events(self, raws: Sequence[bytes]) -> tuple[list[bytes], list[tuple[int, Violation]]]:
        """Return the events of the logs that fit, in order, and for every other its position in `raws` and why.

        Neither holds text of a prompt. What a log says in `templates` and `content` is replaced; the rest is kept,
        but for fields that the contract does not know. Some hundred logs at once are quickest.
        """
        logs, refused = _decoder.decode_many(raws)
        sketches = self._sketcher.sketch_many([Prompt.of(log.messages or ()) for log in logs])
        events = [
            _encoder.encode(replace(log, templates=sketch.templates, content=sketch.content, messages=UNSET))
            for log, sketch in zip(logs, sketches, strict=True)
        ]
        return events, [(position, _discreet(why)) for position, why in refused]


def _discreet(violation: Violation) -> Violation:
    """Return a violation without its value where that may be text of a prompt."""
    return replace(violation, value="") if violation.field == "messages" else violation
