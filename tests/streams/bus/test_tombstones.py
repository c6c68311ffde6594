"""A buried key is gone for whoever reads the topic, whichever partition it was in."""

import pytest

from streams.bus.admin import TopicError, create_topics, topic_ends
from streams.bus.connection import client_of
from streams.bus.producer import RawProducer
from streams.bus.tombstones import bury
from streams.cli.main import main
from streams.state.changelog import read_partition
from streams.topics import layout


def left(bootstrap: str, topic: str) -> dict[bytes, bytes]:
    """What a reader of the whole topic holds in the end."""
    held = {
        key: value
        for partition in topic_ends(bootstrap, topic)
        for _, key, value in read_partition(client_of(bootstrap), topic, partition)
    }
    return {key: value for key, value in held.items() if value is not None}


def test_a_buried_key_is_gone_and_the_others_stay(any_broker, new_topic):
    topic = new_topic(any_broker, partitions=3)
    with RawProducer(any_broker.bootstrap) as producer:
        for name in (b"gone", b"stays", b"too"):
            producer.send(topic, b"{}", key=name)
    assert len(left(any_broker.bootstrap, topic)) == 3
    assert bury(any_broker.bootstrap, topic, b"gone") == 3
    assert sorted(left(any_broker.bootstrap, topic)) == [b"stays", b"too"]


def test_a_topic_that_is_not_there_is_named(broker):
    with pytest.raises(TopicError, match="no-such-topic"):
        bury(broker.bootstrap, "no-such-topic", b"key")


def test_erase_buries_facts_and_saved_state_where_the_settings_name_a_kafka(broker, unique, tmp_path, monkeypatch):
    from click.testing import CliRunner

    from streams.store import migrations
    from streams.store.embedded import EmbeddedStore

    prefix = f"{unique('erase')}."
    create_topics(broker.bootstrap, 2, layout=layout(prefix))
    facts, state = prefix + "account-facts", prefix + "account-state"
    with RawProducer(broker.bootstrap) as producer:
        for name in (b"gone", b"stays"):
            producer.send(facts, b"{}", key=name)
            producer.send(state, b"-", key=b"a" + name)
    with EmbeddedStore(tmp_path / "store") as store:
        migrations.apply(store.client(database=None))
    monkeypatch.setenv("STILLWATCH_KAFKA", broker.bootstrap)
    monkeypatch.setenv("STILLWATCH_TOPIC_PREFIX", prefix)
    done = CliRunner().invoke(main, ["erase", "gone", "--store", str(tmp_path), "--yes"])
    assert done.exit_code == 0, done.output
    assert list(left(broker.bootstrap, facts)) == [b"stays"]
    assert list(left(broker.bootstrap, state)) == [b"astays"]
