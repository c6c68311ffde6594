"""Checks of everything a worker depends on. Each asks the real thing and says what to do when it does not answer."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, TopicMetadata

from streams.bus.broker import BrokerError, EmbeddedBroker
from streams.bus.connection import brokers_of
from streams.settings import Settings
from streams.stack.check import Check, State
from streams.stack.worker_checks import check_workers
from streams.store import migrations
from streams.store.connect import connect
from streams.store.embedded import EmbeddedStore
from streams.store.errors import StoreBusyError, StoreError
from streams.topics import BY_BROKER, TopicLayout, layout

KAFKA_SECONDS = 5.0
Configs = dict[str, dict[str, str | None]]  # of topics, by name

MIN_FREE_BYTES = 1 << 30  # an hour of events of one busy worker
MAX_SKEW_SECONDS = 5.0  # far below the lateness that windows allow, far above what NTP leaves


def check_all(settings: Settings) -> Iterator[Check]:
    """Yield every check, each when it is done; a few seconds in all when something does not answer."""
    yield check_key(settings)
    yield check_disk(settings.data_dir)
    yield from check_embedded_broker() if settings.kafka_embedded else check_kafka(settings)
    store = settings.data_dir / "store"
    yield from check_embedded_store(store) if settings.clickhouse_embedded else check_clickhouse(settings.clickhouse)


def check_key(settings: Settings) -> Check:
    """Whether prompts could be sketched."""
    if settings.sketch_key is None:
        return Check("sketch key", State.NOTE, "not set", "only `sketch` and `--raw` need it: STILLWATCH_SKETCH_KEY")
    seen = f"{len(settings.sketch_key.reveal())} bytes"
    if settings.sketch_key_previous is not None:
        seen += "; the previous one is valid as well"
    return Check("sketch key", State.OK, seen)


def check_disk(data_dir: Path) -> Check:
    """Whether the embedded store and a worker's tables have room."""
    existing = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    if not (existing.is_dir() and os.access(existing, os.W_OK)):
        return Check("data_dir", State.FAIL, f"{existing} is no directory to write to", "set STILLWATCH_DATA_DIR")
    free = shutil.disk_usage(existing).free
    seen = f"{data_dir}, {free / 2**30:,.1f} GiB free"
    if free < MIN_FREE_BYTES:
        return Check("data_dir", State.FAIL, seen, "make room, or set STILLWATCH_DATA_DIR")
    return Check("data_dir", State.OK, seen)


def check_embedded_broker() -> Iterator[Check]:
    """Start the embedded broker, and stop it."""
    began = time.monotonic()
    try:
        with EmbeddedBroker() as broker:
            seen = f"embedded, {broker.executable.name} answers after {time.monotonic() - began:.1f} s"
            yield Check("broker", State.OK, seen)
    except BrokerError as error:
        yield Check("broker", State.FAIL, str(error), "set STILLWATCH_KAFKA to a broker of yours")
    yield Check("topics", State.OK, "made when the embedded broker starts")


def check_kafka(settings: Settings) -> Iterator[Check]:
    """Ask the brokers for their metadata, and compare each topic with its layout."""
    # log_level 0: librdkafka otherwise prints each refused connection to standard error.
    client = AdminClient({**brokers_of(settings).client(), "log_level": 0})
    try:
        metadata = client.list_topics(timeout=KAFKA_SECONDS)
    except KafkaException as error:
        seen = f"{settings.kafka}: {error.args[0].str()}"
        yield Check("broker", State.FAIL, seen, "start it, or correct STILLWATCH_KAFKA (bootstrap servers)")
        return
    yield Check("broker", State.OK, f"{settings.kafka}, {len(metadata.brokers)} in the cluster")
    topics = layout(settings.topic_prefix)
    lacking = _check_partitions(metadata.topics, topics, settings.partitions)
    if lacking is not None:
        yield lacking
        return
    configs = _configs(client, topics)
    found = _check_cleanup(configs, topics, settings.partitions)
    yield found
    if found.state is State.OK:
        yield _check_times(configs, topics)
        yield from check_workers(settings)


def _check_partitions(
    found: dict[str, TopicMetadata], wanted_topics: Sequence[TopicLayout], partitions: int
) -> Check | None:
    missing = [topic.name for topic in wanted_topics if topic.name not in found]
    if missing:
        return Check("topics", State.FAIL, f"missing: {', '.join(missing)}", "run `stillwatch init`")
    for topic in wanted_topics:
        wanted, have = topic.partitions or partitions, len(found[topic.name].partitions)
        if wanted != have:
            advice = (
                f"partitions = {have}, or make the topic anew" if topic.partitions is None else "make the topic anew"
            )
            return Check("topics", State.FAIL, f"{topic.name} has {have} partitions, not {wanted}", advice)
    return None


def _check_cleanup(configs: Configs, wanted_topics: Sequence[TopicLayout], partitions: int) -> Check:
    for topic in wanted_topics:
        if (policy := configs[topic.name]["cleanup.policy"]) != topic.cleanup:
            seen = f"{topic.name} has cleanup.policy={policy}, not {topic.cleanup}"
            return Check("topics", State.FAIL, seen, "alter it with kafka-configs")
    return Check("topics", State.OK, f"{len(wanted_topics)}, of {partitions} partitions where keyed")


def _check_times(configs: Configs, topics: Sequence[TopicLayout]) -> Check:
    """Whether a worker whose clock is wrong could write, and what it writes would stay; topics of before are not so."""
    key, wanted = BY_BROKER
    other = [topic.name for topic in topics if configs[topic.name].get(key, wanted) != wanted]
    if not other:
        return Check("topic times", State.OK, "by the brokers' clocks")
    return Check("topic times", State.NOTE, f"by their producers' clocks: {', '.join(other)}", f"set {key}={wanted}")


def _configs(client: AdminClient, topics: Sequence[TopicLayout]) -> Configs:
    resources = [ConfigResource(ConfigResource.Type.TOPIC, topic.name) for topic in topics]
    answers = client.describe_configs(resources, request_timeout=KAFKA_SECONDS)
    return {
        resource.name: {key: entry.value for key, entry in answer.result().items()}
        for resource, answer in answers.items()
    }


def check_embedded_store(path: Path) -> Iterator[Check]:
    """Open the store where there is one and nobody has it."""
    if not path.exists():
        yield Check("store", State.OK, f"embedded, not made yet: {path}")
    else:
        try:
            with EmbeddedStore(path, create=False) as store:
                yield from _check_store(store.client(), f"embedded, {path}")
        except StoreBusyError as error:
            yield Check("store", State.NOTE, str(error), "nothing, unless you did not start it")
        except StoreError as error:
            yield Check("store", State.FAIL, str(error), "move the directory away, or set STILLWATCH_DATA_DIR")
    yield Check("clock", State.OK, "this machine's, for everything embedded")


def check_clickhouse(dsn: str) -> Iterator[Check]:
    """Ask the server for its version, its tables and its time."""
    try:
        client = connect(dsn)
    except StoreError as error:
        yield Check("store", State.FAIL, str(error), "start it, or correct STILLWATCH_CLICKHOUSE")
        return
    with client:
        yield from _check_store(client, "server")
        yield _check_room(client)
        yield _check_clock(client)


def _check_store(client: Client, where: str) -> Iterator[Check]:
    yield Check("store", State.OK, f"{where}, ClickHouse {client.server_version}")
    wanted = {migration.number: str(migration) for migration in migrations.load()}
    try:
        rows = client.query("SELECT DISTINCT number FROM stillwatch.schema_migrations", use_none=False).result_rows
    except ClickHouseError:
        rows = []
    pending = [name for number, name in wanted.items() if (number,) not in set(rows)]
    if pending:
        seen = f"{len(pending)} of {len(wanted)} migrations are missing, from {pending[0]}"
        yield Check("tables", State.FAIL, seen, "run `stillwatch init`")
    else:
        yield Check("tables", State.OK, f"{len(wanted)} migrations applied")


def _check_room(client: Client) -> Check:
    """Whether the fullest disk of the server has room."""
    try:
        disks = client.query("SELECT name, free_space FROM system.disks ORDER BY free_space").result_rows
    except ClickHouseError:
        return Check("store disk", State.NOTE, "this user may not ask", "grant SELECT on system.disks to see it here")
    name, free = disks[0]
    seen = f"{name}, {free / 2**30:,.1f} GiB free"
    if free < MIN_FREE_BYTES:
        return Check("store disk", State.FAIL, seen, "make room: inserts wait until there is, and workers with them")
    return Check("store disk", State.OK, seen)


def _check_clock(client: Client) -> Check:
    asked = time.time()
    theirs = client.query("SELECT toUnixTimestamp64Milli(now64(3))").result_rows[0][0] / 1000
    answered = time.time()
    # Theirs was read at some moment in between, so only what lies outside is certain to be skew.
    skew = max(asked - theirs, theirs - answered, 0.0)
    if skew > MAX_SKEW_SECONDS:
        return Check("clock", State.FAIL, f"{skew:,.0f} s apart from ClickHouse's", "synchronise both by NTP")
    return Check("clock", State.OK, f"within {answered - asked + skew:.1f} s of ClickHouse's")
