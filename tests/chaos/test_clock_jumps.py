"""The clock set forward and back by hours while a worker runs: nothing is lost, doubled, stuck or dated by it."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from streams import topics
from streams.bus.broker import LocalBroker
from streams.settings import Settings
from streams.stack.local import local_stack
from tests.models.streams_of import DAY, START, Maker, in_order
from tests.producing import produce
from tests.streams.bus.waiting import eventually

pytestmark = pytest.mark.embedded

HOUR_SECONDS = 3600


class Clock:
    """The time of day of this process, off by `seconds`; what only ever grows is left alone."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.seconds = 0
        now, now_ns = time.time, time.time_ns
        patch.setattr(time, "time", lambda: now() + self.seconds)
        patch.setattr(time, "time_ns", lambda: now_ns() + self.seconds * 10**9)


def stream() -> list[bytes]:
    """A pool among a crowd."""
    maker = Maker(5)
    pool = [*maker.pool([f"p{number}" for number in range(30)], days=1, rate=30)]
    return [msgspec.json.encode(event) for event in in_order([*pool, *maker.crowd(60, days=1)])]


async def test_the_clock_may_jump_by_hours_while_a_worker_runs(
    any_broker: LocalBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unique: Callable[[str], str]
) -> None:
    name = unique("clock")
    settings = Settings(
        kafka=any_broker.bootstrap, topic_prefix=f"{name}.", group_id=name, partitions=1, insert_seconds=0.2
    )
    clock, values, done = Clock(monkeypatch), stream(), 0
    async with local_stack(settings, tmp_path / "store") as stack:
        worker, progress = stack.worker, stack.worker.progress
        for hours in (0, 6, -6, 0):
            clock.seconds = hours * HOUR_SECONDS
            part = values[done : done + len(values) // 4 + 1]
            produce(stack.bootstrap, part, settings.topic_prefix + topics.API_EVENTS)
            done += len(part)
            await eventually(lambda: progress.handled[topics.API_EVENTS] == done, f"events at {hours} h")  # noqa: B023
            await eventually(lambda: not progress.waiting(topics.SIGHTINGS, topics.EVIDENCE), "what they led to")
            await worker.commit()
            assert 0 <= worker.checkpoints.age() < 60
        await worker.accounts.end_of_stream()
        await worker.campaigns.end_of_stream()
        await worker.commit()
        await worker.flush()
        assert done == len(values) == progress.events
        ask = stack.client.query
        assert ask("SELECT count() FROM api_events FINAL").result_rows == [(done,)]
        assert ask("SELECT sum(events) FROM account_windows FINAL").result_rows == [(done,)]
        alerts = ask("SELECT entity_id, toUnixTimestamp64Milli(ts) FROM alerts FINAL").result_rows
        [(campaign, ts)] = alerts
        assert START < ts <= START + DAY
        members = ask(
            "SELECT account_id FROM campaign_members FINAL WHERE active AND campaign_id = {campaign:String}",
            parameters={"campaign": campaign},
        ).result_rows
    assert {member for (member,) in members} == {f"p{number}" for number in range(30)}
