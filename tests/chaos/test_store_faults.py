"""A store that hangs or is slow: whoever writes waits with bounded memory, and afterwards every row is there once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from streams import topics
from streams.settings import Settings
from streams.sinks import clickhouse
from streams.sinks.clickhouse import PENDING_BLOCKS, StoreWriter
from streams.stack.local import local_stack
from streams.store.connect import connect
from tests.chaos.door import Door
from tests.chaos.writing import BLOCKS, ROWS, block, write_the_rest
from tests.models.streams_of import START, Maker
from tests.producing import produce
from tests.serving import serving
from tests.streams.bus.waiting import eventually, until

pytestmark = pytest.mark.embedded


def test_a_store_that_accepts_and_does_not_answer_is_waited_for(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "store") as url,
        Door(urlsplit(url).port) as door,
        ThreadPoolExecutor(1) as thread,
        StoreWriter(
            lambda: connect(f"http://127.0.0.1:{door.port}", answer_seconds=1),
            insert_rows=ROWS,
            max_pending_rows=4 * ROWS,
            patience_seconds=120,
        ) as writer,
    ):
        writer.write("labels", block(0))
        until(lambda: writer.metrics.rows["labels"] == ROWS, "the store takes the first block")
        door.stick()
        writing = thread.submit(write_the_rest, writer)
        until(lambda: writer.patience.since is not None, "it is noticed that the store hangs")
        until(lambda: writer.waits > 0, "the one who writes waits")
        assert not writing.done()
        door.open()
        assert writing.result(120) <= 4 * ROWS
        until(lambda: not writer.pending_rows, "all of it is stored")
        assert writer.patience.since is None
        with connect(url) as client:
            counted = client.query("SELECT count(), uniqExact(entity_id) FROM labels").result_rows
    assert counted == [(BLOCKS * ROWS, BLOCKS * ROWS)]


async def test_a_store_that_is_slow_makes_the_worker_read_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, events = 50, 4000
    settings = Settings(partitions=1, insert_rows=rows, fetch_events=rows, insert_seconds=0.2)
    may_go_on, plain = threading.Event(), clickhouse.insert
    monkeypatch.setattr(clickhouse, "insert", lambda *parts: (may_go_on.wait(120), plain(*parts)))
    maker = Maker(1)
    async with local_stack(settings, tmp_path / "store") as stack:
        writer, progress = stack.worker.store, stack.worker.progress
        try:
            produce(stack.bootstrap, (maker.event(f"a{at % 9}", START + 1000 * at) for at in range(events)))
            await eventually(lambda: writer.pending_rows + rows > PENDING_BLOCKS * rows, "what may be pending is")
            assert writer.pending_rows <= PENDING_BLOCKS * rows
            # What is pending, and what is at work while it waits for room.
            assert progress.events <= (PENDING_BLOCKS + 2) * rows
        finally:
            may_go_on.set()
        await eventually(lambda: progress.handled[topics.API_EVENTS] == events, "all is applied")
        await stack.worker.commit()
        assert stack.client.query("SELECT count() FROM api_events FINAL").result_rows == [(events,)]
