"""An account that is erased under a running worker is gone from its memory and from what it saved."""

from pathlib import Path

import pytest

from streams import topics
from streams.analyst.erasure import erase_from_topics
from streams.bus.apache_kafka import ApacheKafka
from streams.bus.connection import client_of
from streams.settings import Settings
from streams.stack.local import local_stack
from streams.state.changelog import read_partition
from tests.models.streams_of import START, Maker
from tests.producing import produce
from tests.streams.bus.waiting import eventually


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
        events = (maker.event(f"a{number % 3}", START + number) for number in range(30))
        produce(stack.bootstrap, events, prefix + topics.API_EVENTS)
        handled = stack.worker.progress.handled
        await eventually(lambda: handled[topics.API_EVENTS] == 30, "the events are applied")
        await stack.worker.commit()
        # The broker shows a transaction a moment later.
        await eventually(lambda: saved() == {b"aa0", b"aa1", b"aa2"}, "all accounts are saved")
        erase_from_topics(settings, "a1")
        [(_, accounts)] = stack.worker.accounts.held
        await eventually(lambda: handled[topics.ACCOUNT_FACTS] == 2, "the two tombstones are heeded")
        assert accounts.shard.bank.place_of("a1") is None
        await stack.worker.commit()
        await eventually(lambda: saved() == {b"aa0", b"aa2"}, "the account is gone")
