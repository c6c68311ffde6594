"""The Faust app: how it is configured here, and how it runs inside an event loop that exists already.

What the settings guard against:

* An agent that fails must stop the worker before its chunk is acknowledged: `CrashingSupervisor`, and `running` raises.
* Outputs are idempotent, so nothing waits for streams to drain on a rebalance (`stream_wait_empty=False`).
* Only topics of `streams.topics` and changelogs exist: no leader topic, no web server, no reply topic.
* aiokafka decodes gzip only unless `cramjam` is installed; producers on these topics use gzip or no compression.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import faust
from aiokafka.errors import KafkaError
from faust.types import AppT, TopicT
from mode.supervisors import CrashingSupervisor

from streams.bus.chunks import ChunkCodec
from streams.bus.connection import Brokers, servers_of
from streams.bus.consumer import FETCH_WAIT_MS, ChunkConsumer, ChunkTransport

# At 10 us an event this holds the event loop for 40 ms: long enough to be efficient, short enough for other agents.
CHUNK_RECORDS = 4096
# Chunks that may wait for an agent: enough to keep it busy, few enough to keep memory and latency small.
QUEUED_CHUNKS = 4
START_SECONDS = 120.0
NOISY_LOGGERS = ("aiokafka", "faust", "mode")


class StartError(RuntimeError):
    """The app could not be started: no broker, or no partitions in time."""


def create_app(
    app_id: str,
    bootstrap: str | Brokers,
    *,
    chunk_topics: Iterable[str],
    partitions: int,
    replication: int = 1,
    store: str = "memory://",
    datadir: Path | None = None,
    chunk_records: int = CHUNK_RECORDS,
    commit_seconds: float = 1.0,
    session_seconds: float = 10.0,
    fetch_wait_ms: int = FETCH_WAIT_MS,
    group_instance_id: str | None = None,
) -> faust.App:
    """Configure a Faust app for chunked, at-least-once processing; `running` or a Faust worker starts it.

    Args:
        app_id: Name of the app and of its consumer group.
        bootstrap: The brokers, or the servers of plain ones, `host:port[,host:port...]`.
        chunk_topics: Topics that agents read as chunks, with `chunk_topic` and `finished_chunks`.
        partitions: Partitions of the tables' changelogs: those of the topics that feed them.
        replication: Replication factor of the changelogs.
        store: Faust table store, `memory://` or `rocksdb://`.
        datadir: Where a store on disk keeps its files; one per worker.
        chunk_records: Most records in a chunk, and in a fetch over all partitions.
        commit_seconds: Time between commits of finished chunks.
        session_seconds: A worker that is silent for this long loses its partitions. The embedded broker lets the first
            worker of a group wait for half of it, so 2 suits there; Apache Kafka wants 6 or more.
        fetch_wait_ms: Longest wait of a fetch request, milliseconds.
        group_instance_id: Name of this worker for static membership (no rebalance on a quick restart), or None.
    """
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    options: dict[str, Any] = {} if datadir is None else {"datadir": datadir}
    if isinstance(bootstrap, Brokers):
        options["broker_credentials"] = bootstrap.credentials()
    app = faust.App(
        app_id,
        broker=[f"kafka://{server.strip()}" for server in servers_of(bootstrap).split(",")],
        store=store,
        key_serializer="raw",
        value_serializer="raw",
        agent_supervisor=CrashingSupervisor,
        processing_guarantee="at_least_once",
        stream_wait_empty=False,
        broker_commit_interval=commit_seconds,
        broker_max_poll_records=chunk_records,
        broker_session_timeout=session_seconds,
        broker_heartbeat_interval=session_seconds / 4,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=group_instance_id,
        producer_linger=0.005,
        producer_max_batch_size=256 * 1024,
        topic_partitions=partitions,
        topic_replication_factor=replication,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        worker_redirect_stdouts=False,
        **options,
    )
    app.transport = ChunkTransport(
        app.conf.broker_consumer, app, chunk_topics=chunk_topics, fetch_wait_ms=fetch_wait_ms
    )
    return app


def chunk_topic(app: AppT, name: str) -> TopicT:
    """The topic `name` for an agent that reads its records as chunks."""
    return app.topic(name, value_serializer=ChunkCodec(), maxsize=QUEUED_CHUNKS)


@asynccontextmanager
async def running(app: faust.App, *, start_seconds: float = START_SECONDS) -> AsyncIterator[faust.App]:
    """Run the app in this event loop; enter when it has its partitions and its tables are recovered.

    When the app crashes, the body is cancelled and the crash's reason is raised in its place. The app is stopped on the
    way out, with the finished chunks committed; it cannot be started again, create another.

    Raises:
        StartError: No broker, or no partitions within `start_seconds`.
    """
    body = asyncio.current_task()
    assert body is not None
    app.finalize()
    watch: asyncio.Task[None] | None = None
    try:
        await _start(app, start_seconds)
        watch = asyncio.create_task(_cancel_on_crash(app, body))
        yield app
    except asyncio.CancelledError:
        if app.crash_reason is None:
            raise
        body.uncancel()
        raise app.crash_reason from None
    finally:
        if watch is not None:
            watch.cancel()
        await app.stop()
        _close_unused_loop(app)
    if app.crash_reason is not None:
        raise app.crash_reason


async def _start(app: faust.App, seconds: float) -> None:
    servers = ",".join(url.authority for url in app.conf.broker)
    start = asyncio.create_task(app.start())
    started: set[asyncio.Task[None]] = set()
    try:
        started, _ = await asyncio.wait({start}, timeout=seconds)
    finally:
        if not started:
            # Cancelled half-way, a service leaves open what it opened; told to stop, it gives up by itself.
            await app.stop()
            await asyncio.wait({start})
    if not started:
        raise StartError(
            f"app {app.conf.id!r} got no partitions within {seconds:g} s from {servers}: "
            "check that the broker is well and that its topics exist (`stillwatch init`)"
        )
    try:
        start.result()
    except KafkaError as error:
        raise StartError(f"no broker at {servers}: {error}; check the setting `kafka`") from error
    if app.crash_reason is not None:
        raise app.crash_reason


def _close_unused_loop(app: faust.App) -> None:
    """Close the loop of the consumer's thread where the start failed before the thread, which closes it otherwise."""
    consumer = app._consumer
    if isinstance(consumer, ChunkConsumer) and not consumer._thread.thread_loop.is_running():
        consumer._thread.thread_loop.close()


async def _cancel_on_crash(app: faust.App, body: asyncio.Task[Any]) -> None:
    # Returns when the app stops or crashes. `app.wait()` says the same but leaves its tasks behind when cancelled.
    await app.wait_first(asyncio.get_running_loop().create_future())
    if app.crashed:
        body.cancel()
