"""Lines of a log onto the bus, at the speed of the log or as fast as it goes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable

import msgspec

from models.event import MAX_EVENT_BYTES
from streams.bus.producer import RawProducer
from streams.sources.lines import time_of


class _Owner(msgspec.Struct, gc=False):
    """What decides on the partition of an event."""

    account_id: str = ""


_owners = msgspec.json.Decoder(_Owner)
_ACCOUNT = re.compile(rb'"account_id"\s*:\s*"([^"\\]{1,512})"')
# A message above the contract's limit is cut to just above it: it arrives, and is refused for its size.
CUT_BYTES = MAX_EVENT_BYTES + 1


def replay(
    lines: Iterable[bytes],
    producer: RawProducer,
    topic: str,
    *,
    speed: float | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Produce each line with its account as the key, broken ones too, and return how many.

    Lines that cannot be read go on the bus as they are, so that they end among the dead letters like any other.

    Args:
        lines: In event time.
        producer: To send with; it is flushed at the end.
        topic: To send to.
        speed: Event time per time: 1 is as it was, None as fast as it goes.
        sleep: Waits for some seconds.
        clock: Seconds that never go back.
    """
    sent, began, first = 0, clock(), None
    for line in lines:
        if speed is not None and (ts := time_of(line)):
            first = ts if first is None else first
            ahead = (ts - first) / 1000 / speed - (clock() - began)
            if ahead > 0:
                sleep(ahead)
        producer.send(topic, line[:CUT_BYTES], key_of(line))
        sent += 1
    producer.flush()
    return sent


def key_of(line: bytes) -> bytes | None:
    """Return the account of a line as a key, or None where it has none; of a broken line, what looks like one.

    >>> key_of(b'{"meta": {"account_id": "x"}, "account_id": "a-1"}'), key_of(b'{"account_id":"a-1","ts":'), key_of(b"")
    (b'a-1', b'a-1', None)
    """
    try:
        account = _owners.decode(line).account_id
    except (msgspec.MsgspecError, RecursionError):
        found = _ACCOUNT.search(line)
        return found[1] if found else None
    return account.encode() if account else None
