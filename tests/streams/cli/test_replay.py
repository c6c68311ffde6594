"""`stillwatch replay` as people call it, on a running embedded broker."""

import gzip
import json
import time

import pytest
from click.testing import CliRunner
from confluent_kafka import Consumer, TopicPartition

from streams.bus.admin import create_topics, topic_ends
from streams.cli.main import main
from streams.topics import API_EVENTS, DEAD_LETTERS, layout

KEY = "an example key, not a secret one"


@pytest.fixture
def prefix(broker, unique):
    """Topics of this test alone."""
    made = unique("replay") + "."
    create_topics(broker.bootstrap, 4, layout=layout(made))
    return made


def event(number, **more):
    required = {"model": "m", "input_tokens": 5, "output_tokens": 7}
    ids = {"event_id": f"e-{number}", "ts": 1_700_000_000_000 + number, "account_id": f"account-{number % 10}"}
    return json.dumps(ids | required | more).encode()


def write(path, lines):
    data = b"".join(line + b"\n" for line in lines)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return str(path)


def replay(broker, prefix, *arguments, **environ):
    env = {"COLUMNS": "120", "STILLWATCH_KAFKA": broker.bootstrap, "STILLWATCH_TOPIC_PREFIX": prefix, **environ}
    return CliRunner().invoke(main, ["replay", *arguments], env=env)


def records(broker, topic):
    """The (partition, key, value) of every record of a topic, in the order of each partition."""
    ends = topic_ends(broker.bootstrap, topic)
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "-"})
    consumer.assign([TopicPartition(topic, number, 0) for number in ends])
    found = []
    try:
        while len(found) < sum(end.high for end in ends.values()):
            found += [(one.partition(), one.key(), one.value()) for one in consumer.consume(1000, timeout=0.5)]
    finally:
        consumer.close()
    return found


def test_files_are_merged_by_time_and_keyed_by_account(broker, prefix, tmp_path):
    even = write(tmp_path / "even.ndjson", [event(number) for number in range(0, 400, 2)])
    odd = write(tmp_path / "odd.ndjson.gz", [event(number) for number in range(1, 400, 2)])
    result = replay(broker, prefix, even, odd)
    assert result.exit_code == 0, result.output
    assert "400" in result.stdout
    found = records(broker, prefix + API_EVENTS)
    decoded = [json.loads(value) for _, _, value in found]
    assert sorted(one["event_id"] for one in decoded) == sorted(f"e-{number}" for number in range(400))
    assert all(key == one["account_id"].encode() for (_, key, _), one in zip(found, decoded, strict=True))
    for partition in range(4):
        times = [one["ts"] for (at, _, _), one in zip(found, decoded, strict=True) if at == partition]
        assert times == sorted(times)


def test_lines_that_are_no_events_reach_the_bus_all_the_same(broker, prefix, tmp_path):
    huge = event(1, client="x" * 2_000_000)
    lines = [b"not json", b'{"account_id":"cut', b"\xff\xfe", huge, event(2)]
    result = replay(broker, prefix, write(tmp_path / "events.ndjson", lines))
    assert result.exit_code == 0, result.output
    values = {value for _, _, value in records(broker, prefix + API_EVENTS)}
    assert values >= {b"not json", b'{"account_id":"cut', b"\xff\xfe", event(2)}
    (cut,) = values - set(lines)
    assert huge.startswith(cut)
    assert 64 * 1024 < len(cut) < 128 * 1024


def test_raw_logs_are_sketched_and_what_is_refused_leaves_no_text(broker, prefix, tmp_path):
    secret = "the wording of a prompt that nobody may read"
    good = [event(number, messages=[{"role": "user", "content": f"{secret} {number}"}]) for number in range(20)]
    bad = [event(99, messages=secret), event(98, ts=secret, messages=[]), secret.encode()]
    path = write(tmp_path / "raw.ndjson", [*good, *bad])
    result = replay(broker, prefix, "--raw", path, STILLWATCH_SKETCH_KEY=KEY)
    assert result.exit_code == 0, result.output
    events = [value for _, _, value in records(broker, prefix + API_EVENTS)]
    letters = [value for _, _, value in records(broker, prefix + DEAD_LETTERS)]
    assert len(events) == 20
    assert all(json.loads(value)["templates"] for value in events)
    assert {json.loads(letter)["offset"] for letter in letters} == {21, 22, 23}
    assert {json.loads(letter)["field"] for letter in letters} == {"messages", "ts", ""}
    for value in events + letters:
        assert b"wording" not in value


def test_speed_follows_event_time(broker, prefix, tmp_path):
    path = write(tmp_path / "events.ndjson", [event(0), event(4000)])
    began = time.monotonic()
    result = replay(broker, prefix, path, "--speed", "10")
    assert result.exit_code == 0, result.output
    assert time.monotonic() - began >= 0.4


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "inf", "nan"])
def test_a_speed_that_is_none_is_wrong_use(broker, prefix, tmp_path, speed):
    result = replay(broker, prefix, write(tmp_path / "events.ndjson", []), "--speed", speed)
    assert result.exit_code == 2
    assert f"'{speed}' is neither max nor a number above 0" in result.output


def test_wrong_use_exits_2_and_says_what_to_do(broker, prefix, tmp_path):
    path = write(tmp_path / "events.ndjson", [event(1)])
    missing = replay(broker, prefix, str(tmp_path / "nothing.ndjson"))
    assert missing.exit_code == 2
    assert "nothing.ndjson does not exist" in missing.output.replace("\n", "")
    embedded = replay(broker, prefix, path, STILLWATCH_KAFKA="embedded")
    assert embedded.exit_code == 2
    assert "set STILLWATCH_KAFKA" in embedded.output
    keyless = replay(broker, prefix, path, "--raw", STILLWATCH_SKETCH_KEY="")
    assert keyless.exit_code == 2
    assert "sketch_key" in keyless.output.lower()


def test_a_bus_without_topics_and_a_broken_file_exit_1(broker, prefix, tmp_path, unique):
    path = write(tmp_path / "events.ndjson", [event(1)])
    bare = replay(broker, unique("bare") + ".", path)
    assert bare.exit_code == 1
    assert "does not exist: run `stillwatch init`" in bare.output
    broken = tmp_path / "broken.ndjson.gz"
    broken.write_bytes(gzip.compress(event(1))[:-12])
    result = replay(broker, prefix, str(broken))
    assert result.exit_code == 1
    assert "broken.ndjson.gz cannot be read" in result.output.replace("\n", "")
