"""Who gets which partitions."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import AsyncExitStack

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.bus.app import chunk_topic, create_app, running
from streams.bus.assignor import WeighingAssignor, dealt, fair_share, shared_out
from streams.bus.chunks import finished_chunks
from streams.bus.consumer import ChunkConsumerThread
from tests.streams.bus.waiting import eventually

# aiokafka leaves open what it was opening when it was told to stop, as here, where groups change all the time.
pytestmark = [
    pytest.mark.filterwarnings("ignore:(Unclosed AIOKafka|unclosed transport|loop is closed):ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*Exception ignored in:pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Let what is left be found here, and not in the test that comes next."""
    yield
    gc.collect()


MEMBERS = st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=7, unique=True)


@given(data=st.data(), members=MEMBERS, partitions=st.integers(2, 40))
def test_every_partition_is_assigned_once_and_shares_are_kept(data: st.DataObject, members: list[str], partitions: int):
    numbers = st.sets(st.integers(0, partitions + 2))  # also some that the topic does not have
    before = {member: data.draw(numbers) for member in members}
    holder = data.draw(st.sampled_from([*members, None]))
    found = shared_out(partitions, before, holder)
    assert sorted(number for some in found.values() for number in some) == list(range(partitions))
    assert list(found) == members
    if holder is not None:
        assert len(found[holder]) == fair_share(partitions, len(members))
    others = [len(some) for member, some in found.items() if member != holder]
    assert not others or max(others) - min(others) <= 1


@given(data=st.data(), members=MEMBERS, partitions=st.integers(2, 40))
def test_nothing_moves_while_nobody_comes_or_goes(data: st.DataObject, members: list[str], partitions: int):
    holder = data.draw(st.sampled_from(members))
    found = shared_out(partitions, {member: set() for member in members}, holder)
    assert shared_out(partitions, {member: set(some) for member, some in found.items()}, holder) == found


def test_what_a_worker_leaves_behind_goes_to_the_others_and_nothing_else_moves():
    four = shared_out(12, {member: set() for member in "abcd"}, "a")
    assert {member: len(some) for member, some in four.items()} == {"a": 0, "b": 4, "c": 4, "d": 4}
    three = shared_out(12, {member: set(four[member]) for member in "abc"}, "a")
    assert set(four["b"]) <= set(three["b"])
    assert set(four["c"]) <= set(three["c"])


def test_of_two_who_say_that_they_had_a_partition_one_gets_it():
    found = shared_out(4, {"a": {0, 1}, "b": {1, 2, 3}}, "a")
    assert found == {"a": [0], "b": [1, 2, 3]}


@given(members=MEMBERS, partitions=st.integers(2, 40))
def test_partitions_of_one_number_are_with_one_worker(members: list[str], partitions: int):
    topics = {"api-events": partitions, "account-facts": partitions, "evidence": 1, "dead-letters": 1}
    found = dealt(topics, {member: {} for member in members})
    for one in found.values():
        assert one.get("api-events") == one.get("account-facts")
        assert one.get("evidence") == one.get("dead-letters")


class Cluster:
    def partitions_for_topic(self, topic):
        return {"api-events": {0, 1, 2, 3}, "evidence": {0}}.get(topic)


def test_members_tell_what_they_had_and_keep_it():
    workers = {name: WeighingAssignor() for name in "abc"}
    for among in ("a", "ab", "abc", "bc"):
        told = {name: workers[name].metadata(["api-events", "evidence", "no-such-topic"]) for name in among}
        for name, assignment in workers[among[0]].assign(Cluster(), told).items():
            workers[name].on_assignment(assignment)
        held = {name: orjson.loads(workers[name].metadata([]).user_data) for name in among}
        if among == "ab":
            assert held == {"a": {"api-events": [0], "evidence": [0]}, "b": {"api-events": [1, 2, 3]}}
        if among == "abc":
            assert held == {"a": {"evidence": [0]}, "b": {"api-events": [1, 2]}, "c": {"api-events": [0, 3]}}
    assert held == {"b": {"api-events": [1], "evidence": [0]}, "c": {"api-events": [0, 2, 3]}}


async def test_three_workers_have_facts_and_events_of_the_same_numbers(any_broker, new_topic, unique):
    """Dealt out in turn, as aiokafka does it, partition 0 of one topic and of the other came to different workers."""
    facts, events, evidence = (new_topic(any_broker, partitions=many) for many in (4, 4, 1))
    group = unique("app")
    async with AsyncExitStack() as stack:
        apps = [
            await stack.enter_async_context(running(app_reading(any_broker, group, [facts, events, evidence])))
            for _ in range(3)
        ]

        def held() -> list[dict[str, set[int]]]:
            return [
                {name: {tp.partition for tp in app.consumer.assignment() if tp.topic == name} for name in topics}
                for app in apps
            ]

        topics = (facts, events, evidence)
        await eventually(
            lambda: sorted(len(one[facts]) for one in held()) == [0, 2, 2], "three workers have their shares"
        )
        for one in held():
            assert one[facts] == one[events]
            assert bool(one[evidence]) == (not one[events])


def app_reading(broker, group, topics):
    app = create_app(group, broker.bootstrap, chunk_topics=topics, partitions=4, session_seconds=6)
    for topic in topics:

        async def read(stream):
            async for _ in finished_chunks(stream):
                pass

        app.agent(chunk_topic(app, topic), name=topic, concurrency=1)(read)
    return app


@pytest.mark.kafka
async def test_a_worker_of_an_earlier_version_may_be_in_the_group(kafka_broker, new_topic, unique, monkeypatch):
    """It knows only how Faust deals partitions out, and so that is how it is done until it is gone.

    Not so with the embedded broker, which wants members to know the same; it has one worker, in its own process.
    """
    topic, group = new_topic(kafka_broker, partitions=4), unique("app")
    made = ChunkConsumerThread._create_worker_consumer

    def as_before(self, transport):
        consumer = made(self, transport)
        consumer._partition_assignment_strategy = consumer._partition_assignment_strategy[1:]
        return consumer

    async with running(app_reading(kafka_broker, group, [topic])) as new:
        monkeypatch.setattr(ChunkConsumerThread, "_create_worker_consumer", as_before)
        async with running(app_reading(kafka_broker, group, [topic])) as old:
            await eventually(
                lambda: sorted(len(one.consumer.assignment()) for one in (new, old)) == [2, 2], "both have their share"
            )
            assert new.consumer.assignment().isdisjoint(old.consumer.assignment())
