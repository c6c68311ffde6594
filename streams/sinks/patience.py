"""Waiting for a ClickHouse that is away: what fails for now is tried again, what can never work is not.

An insert may be repeated: its block has a deduplication token, and its rows replace themselves. While the writer waits,
its queue fills up to its bound and those who write wait in turn, so that an outage costs time and no memory.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable

from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

FIRST_SECONDS, LONGEST_SECONDS = 0.25, 5.0
# Codes of ClickHouse that pass: timeouts (159, 209, 425), too many queries or parts (202, 252), the network (210), no
# memory or disk for the moment (241, 243), a replica that is read-only or unsure (242, 319), no coordination (999).
PASSING = frozenset({159, 202, 209, 210, 241, 242, 243, 252, 319, 425, 999})
_CODE = re.compile(r"[Cc]ode:? (\d+)")

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
            except (DatabaseError, OperationalError) as error:
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
            _log.warning("ClickHouse does not take inserts; trying for %g s", self._seconds)
        if self._clock() - self.since + wait > self._seconds or self._sleep(wait):
            raise error


def passes(error: Exception) -> bool:
    """Whether what ClickHouse said, or that it said nothing, may be otherwise in a minute.

    >>> passes(OperationalError("connection refused")), passes(DatabaseError("Code: 60. DB::Exception: no table"))
    (True, False)
    """
    code = _CODE.search(str(error))
    if code is None:
        return isinstance(error, OperationalError)
    return int(code[1]) in PASSING
