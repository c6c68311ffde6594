"""Waiting for a ClickHouse that is away: what fails for now is tried again, what can never work is not.

An insert may be repeated: its block has a deduplication token, and its rows replace themselves. While the writer waits,
its queue fills up to its bound and those who write wait in turn, so that an outage costs time and no memory.
"""

from __future__ import annotations

import errno
import logging
import re
import time
from collections.abc import Callable

from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

FIRST_SECONDS, LONGEST_SECONDS = 0.25, 5.0
# Codes of ClickHouse that pass: timeouts (159, 209, 425), too many queries or parts (202, 252), the network (210), no
# memory for the moment (241), a replica that is read-only or unsure (242, 319), no coordination (999).
PASSING = frozenset({159, 202, 209, 210, 241, 242, 252, 319, 425, 999})
_CODE = re.compile(r"[Cc]ode:? (\d+)")
# A disk that has no more bytes or files shows under the code of whatever was tried on it: 243, 76, 75, 1001.
_FULL = re.compile(r"[Cc]ode:? 243\b|No space left on device|Disk quota exceeded")

_DISK = ": a disk of ClickHouse is full, or the one for temporary files (TMPDIR), and somebody has to make room there"

_log = logging.getLogger(__name__)


class Patience:
    """Tries again for `seconds` from the first failure on.

    Args:
        seconds: 0 for not at all.
        sleep: Waits for some seconds; returns True when waiting makes no sense any more.
        clock: Seconds that never go back.

    Attributes:
        since: When the present outage began, by the clock; None: there is none.
    """

    def __init__(
        self, seconds: float, sleep: Callable[[float], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.since: float | None = None
        self._seconds, self._sleep, self._clock = seconds, sleep, clock

    def do(self, work: Callable[[], None]) -> None:
        """Do some work.

        Raises:
            Exception: What it raised, when that does not pass or has not passed in time.
        """
        wait = FIRST_SECONDS
        while True:
            try:
                work()
            except (DatabaseError, OperationalError, OSError) as error:
                self._give_up_or_wait(error, wait)
                wait = min(2 * wait, LONGEST_SECONDS)
            else:
                if self.since is not None:
                    _log.warning("ClickHouse takes inserts again, after %.0f s", self._clock() - self.since)
                    self.since = None
                return

    def _give_up_or_wait(self, error: Exception, wait: float) -> None:
        if not passes(error):
            raise error
        if self.since is None:
            self.since = self._clock()
            why = _DISK if is_full(error) else ""
            _log.warning("ClickHouse does not take inserts%s; trying for %g s", why, self._seconds)
        if self._clock() - self.since + wait > self._seconds or self._sleep(wait):
            raise error


def passes(error: Exception) -> bool:
    """Whether what ClickHouse said, or that it said nothing, may be otherwise in a minute.

    >>> passes(OperationalError("connection refused")), passes(DatabaseError("Code: 60. DB::Exception: no table"))
    (True, False)
    """
    if is_full(error):
        return True
    code = _CODE.search(str(error))
    if code is None:
        return isinstance(error, OperationalError)
    return int(code[1]) in PASSING


def is_full(error: Exception) -> bool:
    """Whether a disk is full: ClickHouse's, or that of the files through which the engine in a process reads.

    >>> is_full(DatabaseError("Code: 76. DB::ErrnoException: Cannot open file, strerror: No space left on device"))
    True
    """
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return _FULL.search(str(error)) is not None
