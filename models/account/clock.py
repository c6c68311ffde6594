"""Event time that one wrong clock cannot move: events far ahead of the others count now, until most are there.

The watermark is the largest event time, so one event dated years ahead would close everybody's windows, make all that
comes after it late, and date every later alert by years. So an event more than `AHEAD` in front of the watermark is
taken as of the watermark. Where the stream itself has moved on, as after a long pause, that shows: each such event is a
vote, each other one takes a vote back, and at `VOTES` the watermark follows, to the earliest of them. With a tenth of
the events wrong, votes reach that once in 10^15 events; after a pause the first `VOTES` events count in the window
before it.

The first event of a partition sets the watermark, and may be the wrong one. So the watermark is not believed until
`VOTES` events of `ACCOUNTS` accounts are about it. Before, as many events far behind it as there are about it take it
back to theirs; what is known of those that were ahead is dated anew (`models.account.redating`), and they count as
votes for a later time.
Nothing of this asks what time it is, so a log of any year, past or to come, is read alike.

Stored events keep the time that they came with.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Longer than any pause of a stream that lives (a weekend, holidays), shorter than what a wrong clock or unit is off by.
AHEAD = 7 * 86_400_000
VOTES = 16
ACCOUNTS = 3
# Fresh events after which a watermark is believed anyway: of fewer accounts, or times without any order.
DOUBTED = 8 * VOTES


@njit(cache=True)
def _settle(ts, fresh, watermark, votes, earliest):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Replace the times in `ts` that are too far ahead; return (votes, the earliest time voted for)."""
    for i in range(ts.shape[0]):
        if not fresh[i]:
            continue
        if watermark == 0 or ts[i] <= watermark + AHEAD:
            watermark = max(watermark, ts[i])
            votes = max(votes - 1, 0)
            continue
        earliest = ts[i] if votes == 0 else min(earliest, ts[i])
        votes += 1
        if votes < VOTES:
            ts[i] = watermark
            continue
        ts[i] = watermark = earliest
        votes = 0
    return votes, earliest


class EventClock:
    """The votes for a later time of one partition.

    Attributes:
        votes: Between 0 and `VOTES`.
        earliest: The earliest time that was voted for, epoch ms.
        sure: Whether the watermark is believed; if not, events are to be applied one by one.
        support, accounts: Events about the watermark meanwhile, up to `VOTES`, and who sent them, up to `ACCOUNTS`.
        behind, latest: Events far behind it meanwhile, and the latest time of those, epoch ms.
        doubted: Events that were weighed.

    >>> clock, all_fresh = EventClock(), np.ones(3, dtype=np.bool_)
    >>> clock.settled(np.array([5, 4_000_000_000_000, 7]), all_fresh, watermark=1).tolist(), clock.votes
    ([5, 5, 7], 0)
    """

    def __init__(self) -> None:
        self.votes = 0
        self.earliest = 0
        self.sure = False
        self.support = 0
        self.accounts: frozenset[int] = frozenset()
        self.behind = 0
        self.latest = 0
        self.doubted = 0

    def took_back(self, ts: int, account: int, watermark: int) -> int | None:
        """Weigh the time of a fresh event while the watermark is not believed.

        Args:
            ts: As the event says, epoch ms.
            account: Hash of whoever sent it.
            watermark: Before it; 0: there were none.

        Returns:
            The watermark to go back to, or None: it stays.
        """
        self.doubted += 1
        self.sure = self.doubted >= DOUBTED
        if not watermark or abs(ts - watermark) <= AHEAD:
            self.support = min(self.support + 1, VOTES)
            if len(self.accounts) < ACCOUNTS:
                self.accounts |= {account}
        elif ts < watermark:
            self.behind += 1
            self.latest = max(self.latest, ts)
            if self.behind >= self.support:
                self.votes, self.earliest = min(self.support, VOTES - 1), watermark
                self.support, self.behind, back, self.latest = self.behind, 0, self.latest, 0
                self.accounts = frozenset({account})
                return back
        self.sure |= self.support >= VOTES and len(self.accounts) >= ACCOUNTS
        return None

    def settled(self, ts: NDArray[np.int64], fresh: NDArray[np.bool_], watermark: int) -> NDArray[np.int64]:
        """Return the times by which events count.

        Args:
            ts: As the events say, epoch ms; shape (n,), in the order in which they came.
            fresh: Shape (n,), which of them count at all.
            watermark: Before them; 0: there were none.
        """
        if not self.votes and watermark and int(ts.max()) <= watermark + AHEAD:
            return ts  # nearly always
        times = ts.copy()
        votes, earliest = _settle(times, fresh, watermark, self.votes, self.earliest)
        self.votes, self.earliest = int(votes), int(earliest)
        if watermark and int(times.max()) > watermark + AHEAD:
            self.sure = True  # that many have agreed on it
        return times
