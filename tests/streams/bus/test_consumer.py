"""Chunks: what is folded, where commits go, what comes again after a crash, how workers share; on both brokers."""

import asyncio
import itertools
import subprocess
import sys
import threading
from collections import Counter

import pytest
from faust.types import TP

from streams.bus.admin import group_lag, topic_ends
from streams.bus.app import chunk_topic, create_app, running
from streams.bus.chunks import finished_chunks
from streams.bus.consumer import ChunkConsumer
from tests.streams.bus.records import committed, produce
from tests.streams.bus.waiting import eventually, until


class DeliberateError(Exception):
    pass


class Seen:
    """What an agent has read: numbers in order, and the chunks per partition as (first, last) offsets."""

    def __init__(self):
        self.numbers = []
        self.chunks = {}

    def add(self, chunk):
        self.numbers += [int(value) for value in chunk.values]
        self.chunks.setdefault(chunk.partition, []).append((chunk.offsets[0], chunk.offsets[-1]))

    @property
    def records(self):
        return len(self.numbers)


def reader(broker, app_id, topic, on_chunk, **options):
    """An app whose only agent gives each chunk to `on_chunk`."""
    options = {"partitions": 4, "commit_seconds": 0.1, "session_seconds": 2, **options}
    app = create_app(app_id, broker.bootstrap, chunk_topics=[topic], **options)

    @app.agent(chunk_topic(app, topic), concurrency=1)
    async def read(stream):
        async for chunk in finished_chunks(stream):
            result = on_chunk(chunk)
            if result is not None:
                await result

    return app


async def test_chunks_are_bounded_contiguous_and_in_order(any_broker, new_topic, unique):
    topic, seen = new_topic(any_broker), Seen()
    produce(any_broker.bootstrap, topic, range(1000))
    app = reader(any_broker, unique("app"), topic, seen.add, chunk_records=64)
    async with running(app):
        await eventually(lambda: seen.records == 1000, "all records read")
    assert sorted(seen.numbers) == list(range(1000))
    for chunks in seen.chunks.values():
        assert all(last - first < 64 for first, last in chunks)
        assert chunks[0][0] == 0
        assert all(left[1] + 1 == right[0] for left, right in itertools.pairwise(chunks))


async def test_a_failing_chunk_stops_the_app_and_comes_again(any_broker, new_topic, unique):
    topic, app_id = new_topic(any_broker, partitions=1), unique("app")
    produce(any_broker.bootstrap, topic, range(500))
    first = Seen()

    def fail_at_third(chunk):
        if len(first.chunks.get(0, ())) == 3:
            raise DeliberateError(repr(chunk))
        first.add(chunk)

    app = reader(any_broker, app_id, topic, fail_at_third, partitions=1, chunk_records=50)
    with pytest.raises(DeliberateError):
        async with running(app):
            await asyncio.Event().wait()
    position = first.chunks[0][-1][1] + 1
    assert committed(any_broker.bootstrap, app_id, topic, 1) == {0: position}

    second = Seen()
    async with running(reader(any_broker, app_id, topic, second.add, partitions=1, chunk_records=50)):
        await eventually(lambda: second.records == 500 - position, "the rest is read")
    assert second.numbers == list(range(position, 500))
    assert committed(any_broker.bootstrap, app_id, topic, 1) == {0: 500}


async def test_a_chunk_in_work_is_not_committed_however_many_wait_behind_it(any_broker, new_topic, unique):
    """Stock Faust merges the offset gaps of neighbouring chunks, and commits past the one in work."""
    topic, app_id = new_topic(any_broker, partitions=1), unique("app")
    produce(any_broker.bootstrap, topic, range(400))
    seen, go_on = Seen(), asyncio.Event()

    async def stop_in_second(chunk):
        seen.add(chunk)
        if len(seen.chunks[0]) == 2:
            await go_on.wait()

    async with running(reader(any_broker, app_id, topic, stop_in_second, partitions=1, chunk_records=20)) as app:
        await eventually(lambda: len(seen.chunks.get(0, ())) == 2, "the second chunk is in work")
        first_end = seen.chunks[0][0][1] + 1
        await eventually(lambda: app.consumer._read_offset[TP(topic, 0)] > 3 * first_end, "more are delivered")
        for _ in range(3):
            await app.consumer.force_commit()
        assert committed(any_broker.bootstrap, app_id, topic, 1) == {0: first_end}
        go_on.set()
        await eventually(lambda: seen.records == 400, "the rest is read")
    assert committed(any_broker.bootstrap, app_id, topic, 1) == {0: 400}


async def test_nothing_is_delivered_between_a_seek_and_the_resumed_flow(any_broker, new_topic, unique, monkeypatch):
    """Resuming clears the agents' queues: a chunk that got there behind the seek would never be processed."""
    topic, app_id, flowing = new_topic(any_broker, partitions=1), unique("app"), []
    produce(any_broker.bootstrap, topic, range(500))
    seek = ChunkConsumer.seek_to_committed

    async def watched(consumer):
        positions = await seek(consumer)
        flowing.append(consumer.flow_active)
        return positions

    monkeypatch.setattr(ChunkConsumer, "seek_to_committed", watched)
    seen = Seen()
    async with running(reader(any_broker, app_id, topic, seen.add, partitions=1, chunk_records=50)):
        await eventually(lambda: seen.records == 500, "all records read")
    assert flowing
    assert not any(flowing)


async def test_what_is_fetched_and_dropped_before_anything_is_committed_comes_again(
    any_broker, new_topic, unique, monkeypatch
):
    """aiokafka does not seek where nothing is committed: the first chunk of a new group was never processed."""
    topic, dropped, seen = new_topic(any_broker, partitions=1), [], Seen()
    produce(any_broker.bootstrap, topic, range(500))
    seek = ChunkConsumer.seek_to_committed

    async def after_a_fetch(consumer):
        if not dropped:
            consumer.flow_active = True  # as when the fetch began before the flow was stopped
            dropped.extend(await consumer._getmany({TP(topic, 0)}, timeout=10))
            consumer.flow_active = False
        return await seek(consumer)

    monkeypatch.setattr(ChunkConsumer, "seek_to_committed", after_a_fetch)
    async with running(reader(any_broker, unique("app"), topic, seen.add, partitions=1, chunk_records=50)):
        await eventually(lambda: 499 in seen.numbers, "the last record is read")
    assert dropped
    assert seen.numbers == list(range(500))


async def test_full_agents_do_not_cost_a_second_each_time(broker, new_topic, unique):
    """With small chunks and a slow agent the queue is full all the time; stock Faust then sleeps a second each turn."""
    topic, seen = new_topic(broker, partitions=1), Seen()
    produce(broker.bootstrap, topic, range(3000))

    async def slow(chunk):
        seen.add(chunk)
        await asyncio.sleep(0.001)

    async with running(reader(broker, unique("app"), topic, slow, partitions=1, chunk_records=10)):
        await eventually(lambda: seen.records == 3000, "300 chunks read without sleeping", seconds=20)


async def test_a_record_arrives_without_waiting_for_idle_partitions(broker, new_topic, unique):
    topic, seen = new_topic(broker), Seen()
    loop = asyncio.get_running_loop()
    delays = []
    async with running(reader(broker, unique("app"), topic, seen.add)):
        for number in range(20):
            start = loop.time()
            await asyncio.to_thread(produce, broker.bootstrap, topic, [number], number % 4)
            await eventually(lambda want=number + 1: seen.records == want, "the record is read")
            delays.append(loop.time() - start)
    # With a fetch wait of 1,500 ms the median of this is above half a second.
    assert sorted(delays)[len(delays) // 2] < 0.3


async def test_other_topics_are_delivered_record_by_record(broker, new_topic, unique):
    chunked, plain, app_id = new_topic(broker), new_topic(broker), unique("app")
    produce(broker.bootstrap, chunked, range(200))
    produce(broker.bootstrap, plain, range(200))
    seen, values = Seen(), []
    app = reader(broker, app_id, chunked, seen.add)

    @app.agent(app.topic(plain, value_type=bytes))
    async def one_by_one(stream):
        async for value in stream:
            values.append(int(value))  # noqa: PERF401

    async with running(app):
        await eventually(lambda: seen.records == len(values) == 200, "both topics are read")
    assert sorted(values) == list(range(200))
    for topic in (chunked, plain):
        assert sum(committed(broker.bootstrap, app_id, topic, 4).values()) == 200


class Worker:
    """A worker process, and what it has printed so far."""

    def __init__(self, broker, app_id, topic, *flags, partitions=4, chunk_records=50):
        arguments = (broker.bootstrap, app_id, topic, str(partitions), str(chunk_records), *flags)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.streams.bus.worker", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lines = []
        self._reader = threading.Thread(target=self._read)

    def _read(self):
        self.lines.extend(line.split() for line in self.process.stdout)

    def __enter__(self):
        self._reader.start()
        return self

    def __exit__(self, *_):
        self.kill()
        self.process.stdin.close()
        self._reader.join()
        self.process.stdout.close()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """End it in order, and return its exit code."""
        self.process.stdin.close()
        return self.process.wait(60)

    @property
    def ready(self):
        return ["ready"] in self.lines

    @property
    def begun(self):
        return sum(line[0] == "begin" for line in self.lines)

    def finished(self):
        """How often each (partition, offset) was finished."""
        return Counter(
            (int(partition), offset)
            for word, partition, first, last in (line for line in self.lines if line[0] == "end")
            for offset in range(int(first), int(last) + 1)
        )


def all_records(broker, topic):
    return {(part, offset) for part, ends in topic_ends(broker.bootstrap, topic).items() for offset in range(ends.high)}


def test_killed_within_a_chunk_what_was_not_committed_comes_again(any_broker, new_topic, unique):
    topic, app_id = new_topic(any_broker, partitions=1), unique("app")
    produce(any_broker.bootstrap, topic, range(1000))
    with Worker(any_broker, app_id, topic, "stall", partitions=1) as killed:
        until(lambda: killed.begun == 3, "the third chunk is in work")
        until(lambda: group_lag(any_broker.bootstrap, app_id, topic) < 1000, "something is committed")
        killed.kill()
    position = committed(any_broker.bootstrap, app_id, topic, 1)[0]
    assert 0 < position <= len(killed.finished())

    with Worker(any_broker, app_id, topic, partitions=1) as second:
        until(lambda: group_lag(any_broker.bootstrap, app_id, topic) == 0, "everything is committed")
        assert second.stop() == 0
    assert set(second.finished()) == {(0, offset) for offset in range(position, 1000)}
    assert set(killed.finished().values()) == {1}


def test_two_workers_share_the_partitions_and_one_carries_on_alone(any_broker, new_topic, unique):
    topic, app_id = new_topic(any_broker), unique("app")
    with Worker(any_broker, app_id, topic) as one, Worker(any_broker, app_id, topic) as two:
        until(lambda: one.ready and two.ready, "both have partitions")
        produce(any_broker.bootstrap, topic, range(2000))
        until(lambda: set(one.finished() + two.finished()) == all_records(any_broker, topic), "both have read all")
        shares = [{part for part, _ in worker.finished()} for worker in (one, two)]
        assert sorted(shares[0] | shares[1]) == [0, 1, 2, 3]
        assert [len(share) for share in shares] == [2, 2]

        two.kill()
        produce(any_broker.bootstrap, topic, range(2000, 4000))
        until(lambda: group_lag(any_broker.bootstrap, app_id, topic) == 0, "the survivor reads on")
        assert one.stop() == 0
    assert set(one.finished() + two.finished()) == all_records(any_broker, topic)


async def test_a_table_is_recovered_to_its_last_value(any_broker, new_topic, unique):
    topic, app_id = new_topic(any_broker), unique("app")
    produce(any_broker.bootstrap, topic, range(2000))

    def keeper(seen):
        app = create_app(
            app_id, any_broker.bootstrap, chunk_topics=[topic], partitions=4, commit_seconds=0.1, session_seconds=10
        )
        table = app.Table("last", key_type=bytes, value_type=bytes)

        @app.agent(chunk_topic(app, topic), concurrency=1)
        async def keep(stream):
            async for chunk in finished_chunks(stream):
                for key, value in zip(chunk.keys, chunk.values, strict=True):
                    table[key] = value
                seen.add(chunk)

        return app, table

    seen = Seen()
    app, _ = keeper(seen)
    async with running(app):
        await eventually(lambda: seen.records == 2000, "all records read")
    app, table = keeper(Seen())
    async with running(app):
        recovered = {key: int(value) for key, value in table.items()}
    assert recovered == {b"account-%d" % key: 1900 + key for key in range(100)}
