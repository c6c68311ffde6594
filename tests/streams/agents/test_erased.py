"""An account that is erased under a running worker is gone from its memory and from what it saved."""

from pathlib import Path

import msgspec
import pytest

from streams import topics
from streams.analyst.erasure import erase_from_topics
from streams.bus.apache_kafka import ApacheKafka
from streams.bus.connection import client_of
from streams.bus.producer import RawProducer
from streams.settings import Settings
from streams.stack.detect import _until
from streams.stack.local import local_stack
from streams.state.changelog import read_partition
from tests.models.streams_of import START, Maker


@pytest.mark.kafka
async def test_running_workers_forget_an_erased_account(kafka_broker: ApacheKafka, tmp_path: Path, unique) -> None:
    prefix = f"{unique('erased')}."
    settings = Settings(
        kafka=kafka_broker.bootstrap, partitions=1, topic_prefix=prefix, group_id=prefix, insert_seconds=0.2
    )
    maker = Maker(1)
    state = prefix + topics.ACCOUNT_STATE

    def saved() -> set[bytes]:
        last = {key: value for _, key, value in read_partition(client_of(kafka_broker.bootstrap), state, 0)}
        return {key for key, value in last.items() if key[:1] == b"a" and value is not None}

    async with local_stack(settings, tmp_path / "store") as stack:
        with RawProducer(stack.bootstrap) as producer:
            for number in range(30):
                event = maker.event(f"a{number % 3}", START + number)
                producer.send(prefix + topics.API_EVENTS, msgspec.json.encode(event), event.account_id.encode())
        handled = stack.worker.progress.handled
        await _until(lambda: handled[topics.API_EVENTS] == 30)
        await stack.worker.commit()
        await _until(lambda: saved() == {b"aa0", b"aa1", b"aa2"})  # the broker shows a transaction a moment later
        erase_from_topics(settings, "a1")
        [(_, accounts)] = stack.worker.accounts.held
        await _until(lambda: handled[topics.ACCOUNT_FACTS] == 2)  # the two tombstones
        assert accounts.shard.bank.place_of("a1") is None
        await stack.worker.commit()
        await _until(lambda: saved() == {b"aa0", b"aa2"})
