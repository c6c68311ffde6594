"""Labelled traffic with everything that transports do to it: repeated, reordered, late and broken events."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import orjson
from confluent_kafka import Producer

from models.event import Event, decode_event

REPEATED, REORDERED, LATE, BROKEN = 0.01, 0.05, 0.002, 0.001
BACK_MS = 120_000  # how far a reordered event comes behind its time: within the lateness of windows
SCENARIO = Path(__file__).with_name("scenario.toml")
LATE_MS = 3 * 3_600_000


def simulated(scale: float, seed: int, folder: Path) -> Path:
    """Return a file of events of `scenario.toml`, made once."""
    events = folder / f"events-{scale:g}-{seed}.ndjson"
    if not events.exists():
        command = "from streams.cli.main import main; main()"
        options = ["--scale", str(scale), "--seed", str(seed), "--truth", str(events.with_suffix(".truth"))]
        draft = events.with_name(f"draft-{events.name}")
        subprocess.run(
            [sys.executable, "-c", command, "simulate", str(SCENARIO), "--out", str(draft), *options], check=True
        )
        draft.rename(events)
    return events


def disturbed(path: Path, seed: int) -> list[tuple[bytes, bytes]]:
    """Return key and value of the messages that carry the events of a file, in the order of their delivery."""
    rng = np.random.default_rng(seed)
    lines = path.read_bytes().splitlines()
    times = np.array([orjson.loads(line)["ts"] for line in lines], dtype=np.int64)
    n = len(lines)
    delay = np.where(rng.random(n) < REORDERED, rng.integers(0, BACK_MS, n), 0)
    delay = np.where(rng.random(n) < LATE, LATE_MS, delay)
    again = np.flatnonzero(rng.random(n) < REPEATED)
    order = [*zip(times + delay, range(n), strict=True)]
    order += [*zip(times[again] + rng.integers(0, 6 * 3_600_000, len(again)), again.tolist(), strict=True)]
    messages = []
    for _, at in sorted(order):
        line = lines[at]
        messages.append((orjson.loads(line)["account_id"].encode(), line))
        if rng.random() < BROKEN:
            messages.append((b"broken", line[: rng.integers(1, len(line))]))
    return messages


def deliver(bootstrap: str, topic: str, messages: list[tuple[bytes, bytes]]) -> None:
    """Produce messages as gateways do, and return when the broker has them; it may be away for minutes."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "partitioner": "murmur2_random",
            "enable.idempotence": True,
            "linger.ms": 20,
            "log_level": 0,
        }
    )
    for key, value in messages:
        while True:
            try:
                producer.produce(topic, value, key)
            except BufferError:
                producer.poll(0.2)
            else:
                break
    assert producer.flush(300) == 0


def valid(values: Iterator[bytes | None]) -> Iterator[Event]:
    """Yield the events that fit the contract."""
    for value in values:
        try:
            yield decode_event(value)
        except (ValueError, msgspec.MsgspecError):
            continue
