"""One account with half of all traffic: its partition has a backlog, and the other partitions do not wait for it."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer

from models.event import Event
from streams import topics
from streams.bus.admin import create_topics, topic_ends
from streams.bus.apache_kafka import ApacheKafka
from streams.settings import Settings
from streams.stack.local import local_stack
from tests.models.streams_of import START, Maker
from tests.streams.bus.waiting import eventually

pytestmark = pytest.mark.kafka

PARTITIONS, HOT, ACCOUNTS, EACH, FETCHED = 4, 12_000, 400, 30, 500


def put(bootstrap: str, topic: str, events: list[Event]) -> None:
    """Produce as gateways do: by the hash of the account."""
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "linger.ms": 20})
    for event in events:
        producer.produce(topic, msgspec.json.encode(event), event.account_id)
        producer.poll(0)
    assert producer.flush(60) == 0


async def test_other_partitions_do_not_wait_for_the_one_with_a_hot_account(
    kafka_broker: ApacheKafka, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    name, maker = unique("hot"), Maker(1)
    settings = Settings(
        kafka=kafka_broker.bootstrap,
        topic_prefix=f"{name}.",
        group_id=name,
        partitions=PARTITIONS,
        fetch_events=FETCHED,
        insert_seconds=0.2,
    )
    topic = settings.topic_prefix + topics.API_EVENTS
    create_topics(settings.kafka, PARTITIONS, layout=topics.layout(settings.topic_prefix))
    # All of the hot account lies there before anybody else says a word: nothing could be more in the way.
    put(settings.kafka, topic, [maker.event("hot", START + 1000 * number) for number in range(HOT)])
    [hot] = [number for number, ends in topic_ends(settings.kafka, topic).items() if ends.high]
    later = START + 1000 * HOT  # in its partition they would be late otherwise
    others = [maker.event(f"a{number % ACCOUNTS}", later + 1000 * number) for number in range(ACCOUNTS * EACH)]
    put(settings.kafka, topic, others)
    ends = {number: one.high for number, one in topic_ends(settings.kafka, topic).items()}
    done: dict[int, int] = {}

    async with local_stack(settings, tmp_path / "store") as stack:
        worker = stack.worker

        def are_through() -> bool:
            done.update({number: state.offset + 1 for number, state in worker.accounts.held})
            return all(done.get(number) == end for number, end in ends.items() if number != hot)

        await eventually(are_through, "the other partitions are through", 120)
        left = ends[hot] - done.get(hot, 0)
        await eventually(lambda: worker.progress.events == HOT + len(others), "all is counted", 120)
        await worker.accounts.end_of_stream()
        await worker.commit()
        await worker.flush()
        ask = stack.client.query
        counted = ask("SELECT account_id = 'hot', count() FROM api_events FINAL GROUP BY 1 ORDER BY 1").result_rows
        windows = ask("SELECT sum(events) FROM account_windows FINAL").result_rows
    # Chunks of partitions take turns, so it is about half; were the partition worked off first, nothing.
    assert left > ends[hot] / 4, f"{left:,} of {ends[hot]:,} left when the others were through"
    assert counted == [(0, len(others)), (1, HOT)]
    assert windows == [(HOT + len(others),)]
