"""ClickHouse away: tried again while it passes, for so long, and not where it never will."""

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from streams.sinks.patience import Patience


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        return False


def failing(times, error):
    left = [error] * times

    def work():
        if left:
            raise left.pop()

    return work


def patience(seconds=60):
    clock = Clock()
    return Patience(seconds, clock.sleep, clock), clock


def test_an_outage_is_waited_for_with_growing_pauses():
    patient, clock = patience()
    patient.do(failing(6, OperationalError("refused")))
    assert clock.now == 0.25 + 0.5 + 1 + 2 + 4 + 5
    assert patient.since is None


def test_it_gives_up_in_time_with_what_was_raised():
    patient, clock = patience(10)
    with pytest.raises(OperationalError, match="refused"):
        patient.do(failing(1000, OperationalError("refused")))
    assert 5 < clock.now <= 10


@pytest.mark.parametrize(("message", "tries"), [("Code: 243. No space left on device", 3), ("Code: 47. Unknown", 0)])
def test_a_full_disk_passes_and_an_unknown_column_never_does(message, tries):
    patient, _ = patience()
    work = failing(3, DatabaseError(message))
    if tries:
        patient.do(work)
    else:
        with pytest.raises(DatabaseError):
            patient.do(work)
