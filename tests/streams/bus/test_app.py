"""Running the app inside a loop that exists: start, crash, stop, again; nothing stays behind."""

import asyncio
import gc
import logging
import threading

import pytest

from streams.bus.admin import group_lag
from streams.bus.app import StartError, chunk_topic, create_app, running
from streams.bus.broker import free_port
from streams.bus.chunks import Chunk, ChunkCodec, finished_chunks
from tests.streams.bus.records import produce
from tests.streams.bus.waiting import eventually


class DeliberateError(Exception):
    pass


def reading_app(broker, app_id, topic, on_chunk):
    app = create_app(app_id, broker.bootstrap, chunk_topics=[topic], partitions=2, session_seconds=2)

    @app.agent(chunk_topic(app, topic), concurrency=1)
    async def read(stream):
        async for chunk in finished_chunks(stream):
            on_chunk(chunk)

    return app


def others():
    return asyncio.all_tasks() - {asyncio.current_task()}


async def test_it_runs_again_and_again_in_one_process_and_leaves_nothing(broker, new_topic, unique):
    topic, app_id = new_topic(broker, partitions=2), unique("app")
    tasks, threads = others(), threading.active_count()
    for turn in range(3):
        records = []
        app = reading_app(broker, app_id, topic, lambda chunk, into=records: into.extend(chunk.values))
        async with running(app):
            assert app.consumer.assignment()
            await asyncio.to_thread(produce, broker.bootstrap, topic, range(turn * 100, turn * 100 + 100))
            await eventually(lambda into=records: len(into) == 100, "this turn's records are read")
        assert sorted(map(int, records)) == list(range(turn * 100, turn * 100 + 100))
        assert others() == tasks
    await asyncio.get_running_loop().shutdown_default_executor()
    assert threading.active_count() <= threads


async def test_a_crash_interrupts_the_body_and_leaves_nothing(broker, new_topic, unique, caplog):
    topic, tasks = new_topic(broker, partitions=2), others()

    def fail(chunk):
        raise DeliberateError

    produce(broker.bootstrap, topic, [1])
    with pytest.raises(DeliberateError):
        async with running(reading_app(broker, unique("app"), topic, fail)):
            await asyncio.Event().wait()
    assert asyncio.current_task().cancelling() == 0
    assert others() == tasks


async def test_an_error_of_the_body_stops_the_app(broker, new_topic, unique):
    app = reading_app(broker, unique("app"), new_topic(broker, partitions=2), print)
    with pytest.raises(DeliberateError):
        async with running(app):
            raise DeliberateError
    assert not app.crashed
    assert app.should_stop


async def test_cancelling_the_body_stops_the_app_and_stays_a_cancellation(broker, new_topic, unique):
    topic, app_id, up = new_topic(broker, partitions=2), unique("app"), asyncio.Event()
    produce(broker.bootstrap, topic, range(10))
    app = reading_app(broker, app_id, topic, lambda _: None)

    async def run():
        async with running(app):
            up.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    await up.wait()
    await eventually(lambda: group_lag(broker.bootstrap, app_id, topic) == 0, "read and committed")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert app.should_stop


async def test_no_broker_is_an_error_that_names_the_setting(unique):
    server = f"127.0.0.1:{free_port()}"
    app = create_app(unique("app"), server, chunk_topics=[], partitions=1)
    with pytest.raises(StartError, match=rf"no broker at {server}: .*; check the setting `kafka`"):
        async with running(app):
            pytest.fail("it must not start")


# aiokafka leaves open what it was opening when it was told to stop.
@pytest.mark.filterwarnings("ignore:(Unclosed AIOKafka|unclosed transport|loop is closed):ResourceWarning")
@pytest.mark.filterwarnings("ignore:.*Exception ignored in:pytest.PytestUnraisableExceptionWarning")
async def test_no_partitions_in_time_is_an_error_that_says_what_to_check(broker, new_topic, unique):
    app = reading_app(broker, unique("app"), new_topic(broker, partitions=2), print)
    with pytest.raises(StartError, match=rf"no partitions within 0.5 s from {broker.bootstrap}: check .*init"):
        async with running(app, start_seconds=0.5):
            pytest.fail("it must not start")
    del app
    gc.collect()  # here, and not in the test that comes next


def test_third_parties_do_not_log_what_they_do(unique):
    create_app(unique("app"), "127.0.0.1:9", chunk_topics=[], partitions=1)
    for name in ("aiokafka", "faust", "mode"):
        assert logging.getLogger(name).getEffectiveLevel() == logging.WARNING


def test_a_chunk_never_shows_its_values():
    class Record:
        key, value, offset, timestamp = b"account", b"secret prompt", 17, 1

    chunk = Chunk("api-events", 3, [Record(), Record()])
    assert repr(chunk) == "Chunk(api-events/3, 2 records from [17])"
    assert len(chunk) == 2


def test_only_bytes_are_produced_to_a_chunk_topic():
    with pytest.raises(TypeError, match="produce bytes to a chunk topic, not dict"):
        ChunkCodec().dumps({})
