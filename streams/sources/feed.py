"""What a feeding process is told to do, and what it says: messages between `feeder` and `feeding`."""

from __future__ import annotations

import msgspec

from streams.bus.connection import Brokers

# Events that a feeding process reads ahead of its allowance, so that they go out in one burst and arrive in few large
# chunks, which cost the worker less. As many as are allowed at a time.
BLOCK_EVENTS = 4096


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """What to feed where.

    Attributes:
        files: API events, or raw logs where there are `sketch_keys`; `-` is standard input.
        bootstrap: Kafka.
        events, letters: Topics for events and for lines that are none.
        sketch_keys: The key of the sketches, and the one before while both are valid.
    """

    files: tuple[str, ...]
    bootstrap: Brokers
    events: str
    letters: str
    sketch_keys: tuple[bytes, bytes | None] | None = None

    def __repr__(self) -> str:
        # The generated one would show the key.
        return f"Feed(files={self.files!r}, bootstrap={self.bootstrap!r}, events={self.events!r})"


class Allowance(msgspec.Struct, frozen=True):
    """How many events may have been fed by now."""

    events: int


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """How far the process is.

    Attributes:
        read: Bytes of the files read, as they are on the disk.
        events, letters: Messages handed to Kafka so far; delivered once `done`.
        done: Whether that is all.
        failure: Why there will be no more, for people.
    """

    read: int = 0
    events: int = 0
    letters: int = 0
    done: bool = False
    failure: str | None = None
