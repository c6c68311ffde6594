"""Checks of running workers: how far they are behind, and what the one on this machine says of itself."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from urllib.error import URLError

from confluent_kafka import KafkaException

from streams import topics
from streams.agents.concerns import concerns_in
from streams.bus.admin import TopicError, group_lag
from streams.bus.connection import brokers_of
from streams.settings import Settings
from streams.stack.check import Check, State

BEHIND_RECORDS = 100_000  # some seconds of work of one worker
METRICS_SECONDS = 5.0


def check_workers(settings: Settings) -> Iterator[Check]:
    """Yield how far the group is behind, and where `metrics_port` is set what the worker there shows."""
    yield _check_lag(settings)
    if settings.metrics_port:
        yield _check_metrics(settings.metrics_port)


def _check_lag(settings: Settings) -> Check:
    names = (topics.API_EVENTS, topics.SIGHTINGS, topics.EVIDENCE, topics.DEAD_LETTERS)
    try:
        behind = {
            name: group_lag(brokers_of(settings), settings.group_id, settings.topic_prefix + name) for name in names
        }
    except (KafkaException, TopicError) as error:
        return Check("lag", State.NOTE, str(error), "see broker and topics")
    seen = ", ".join(f"{name} {lag:,}" for name, lag in behind.items())
    if max(behind.values()) > BEHIND_RECORDS:
        return Check("lag", State.NOTE, seen, "start (more) workers; docs/runbooks.md, StillwatchLagGrows")
    return Check("lag", State.OK, seen)


def _check_metrics(port: int) -> Check:
    url = f"http://127.0.0.1:{port}/metrics"
    try:
        with urllib.request.urlopen(url, timeout=METRICS_SECONDS) as answer:
            text = answer.read().decode()
    except (URLError, OSError) as error:
        return Check("worker", State.NOTE, f"nothing at {url}: {error}", "start a worker here, or leave it")
    values = concerns_in(text)
    seen = ", ".join(f"{name} {value:g}" for name, value in values.items())
    if values.get("alive", 1):
        return Check("worker", State.OK, seen)
    return Check("worker", State.FAIL, seen, "docs/runbooks.md, StillwatchWorkerStuck")
