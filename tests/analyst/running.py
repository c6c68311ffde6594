"""A store that the pipeline filled, and `stillwatch up` running on it while events flow."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import clickhouse_connect
from confluent_kafka import Producer

from streams import topics
from streams.bus.admin import group_lag
from streams.settings import Settings
from tests.streams.bus.waiting import until

STILLWATCH = Path(sys.executable).with_name("stillwatch")
SCENARIO = Path(__file__).with_name("morning.toml")
BROKEN = (
    b'{"event_id": "cut short", "ts": 17900\n'
    b'{"event_id": "x", "ts": 1, "account_id": "", "model": "m", "input_tokens": 1, "output_tokens": 1}\n'
)


class Running(NamedTuple):
    """Where `up` answers, and what it was given.

    Attributes:
        url: Of ClickHouse's HTTP protocol and of the console.
        kafka: Bootstrap servers.
        directory: Holds `events.ndjson`, `truth.ndjson` and, from `detect`, `run`.
    """

    url: str
    kafka: str
    directory: Path


def fill(directory: Path) -> None:
    """Simulate the scenario, and run the pipeline on it: `run` is what `detect` writes."""
    events, truth, facts = (directory / f"{name}.ndjson" for name in ("events", "truth", "facts"))
    call("simulate", SCENARIO, "--out", events, "--truth", truth, "--facts", facts)
    with events.open("ab") as file:
        file.write(BROKEN)
    call("detect", events, "--facts", facts, "--out", directory / "run", STILLWATCH_PARTITIONS="2")


@contextmanager
def running_stack(directory: Path) -> Iterator[Running]:
    """Fill a store, run `up` on it, and let analysts say something; events flow in until the block ends."""
    fill(directory)
    environ = {"STILLWATCH_DATA_DIR": str(directory / "run"), "STILLWATCH_HTTP_PORT": "0", "STILLWATCH_PARTITIONS": "2"}
    errors = directory / "up.log"
    with errors.open("wb") as log, _process("up", log=log, STILLWATCH_LABEL_SECONDS="0.2", **environ) as up:
        kafka, url = _said(up, "Kafka"), _said(up, "ClickHouse")
        replay = ("replay", directory / "events.ndjson", "--speed", "300")
        with _process(*replay, log=subprocess.DEVNULL, STILLWATCH_KAFKA=kafka):
            stack = Running(url, kafka, directory)
            say(stack)
            yield stack
    assert up.returncode == 0, errors.read_text()


@contextmanager
def fresh_stack(directory: Path) -> Iterator[Running]:
    """Run `up` on nothing, and send it the scenario: its worker holds what it found. Events flow until the end."""
    events, truth, facts = (directory / f"{name}.ndjson" for name in ("events", "truth", "facts"))
    call("simulate", SCENARIO, "--out", events, "--truth", truth, "--facts", facts)
    environ = {"STILLWATCH_DATA_DIR": str(directory / "run"), "STILLWATCH_HTTP_PORT": "0", "STILLWATCH_PARTITIONS": "2"}
    errors = directory / "up.log"
    with errors.open("wb") as log, _process("up", log=log, STILLWATCH_LABEL_SECONDS="0.2", **environ) as up:
        kafka, url = _said(up, "Kafka"), _said(up, "ClickHouse")
        producer = Producer({"bootstrap.servers": kafka})
        for line in facts.read_bytes().splitlines():
            producer.produce("account-facts", line, key=json.loads(line)["account_id"])
        assert producer.flush(60) == 0
        call("replay", events, STILLWATCH_KAFKA=kafka)
        wait_until_judged(kafka)
        with _process("replay", events, "--speed", "300", log=subprocess.DEVNULL, STILLWATCH_KAFKA=kafka):
            yield Running(url, kafka, directory)
    assert up.returncode == 0, errors.read_text()


def wait_until_judged(kafka: str) -> None:
    """Return when everything that was sent has been judged and stored.

    A worker acknowledges what it took once all that it led to is stored and sent on, so one topic after the other.
    """
    settings = Settings()
    for topic in (topics.ACCOUNT_FACTS, topics.API_EVENTS, topics.SIGHTINGS, topics.EVIDENCE):
        until(
            lambda topic=topic: group_lag(kafka, settings.group_id, topic) == 0, f"{topic} is worked off", seconds=300
        )


def say(stack: Running) -> None:
    """Fill in prices, and confirm the pool that was banned and replaced; nobody has looked at the other one yet."""
    client = clickhouse_connect.get_client(dsn=stack.url.replace("http://", "clickhouse://") + "/stillwatch")
    client.command(
        "INSERT INTO model_prices VALUES ('atlas-4', '2026-01-01', 3, 0.3, 15, 'USD'),"
        " ('atlas-4-mini', '2026-01-01', 0.5, 0.05, 2.5, 'USD'), ('atlas-5', '2026-01-01', 5, 0.5, 25, 'USD')"
    )
    found = [json.loads(line) for line in (stack.directory / "run" / "campaigns.ndjson").read_text().splitlines()]
    for campaign in found:
        if len(campaign["members"]) > 100:
            client.command(
                "INSERT INTO labels (entity_type, entity_id, verdict, analyst, note)"
                f" VALUES ('campaign', '{campaign['campaign_id']}', 'distillation', 'ana', 'two pools, one prompt')"
            )


def call(*arguments: object, **environ: str) -> str:
    """Run a command to its end; return what it wrote."""
    words = [str(word) for word in (STILLWATCH, *arguments)]
    done = subprocess.run(words, env=os.environ | environ, capture_output=True, text=True)
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


@contextmanager
def _process(*arguments: object, log: IO[bytes] | int, **environ: str) -> Iterator[subprocess.Popen[str]]:
    words = [str(word) for word in (STILLWATCH, *arguments)]
    with subprocess.Popen(words, env=os.environ | environ, stdout=subprocess.PIPE, stderr=log, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate()


def _said(process: subprocess.Popen[str], name: str) -> str:
    """Return the address that `up` prints behind `name`."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.split()[:1] == [name]:
            return line.split()[1]
    raise AssertionError(f"up ended without a word about {name}")
