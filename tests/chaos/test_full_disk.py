"""A full disk under ClickHouse, on a server and in the process: waited for in bounded memory, then every row once."""

import logging
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.facts import AccountFacts
from streams import topics
from streams.settings import Settings
from streams.sinks.clickhouse import PENDING_BLOCKS, StoreWriter
from streams.stack.local import LocalStack, local_stack
from streams.store.connect import connect
from tests.chaos.writing import BLOCKS, ROWS, block, write_the_rest
from tests.disk import SmallDisk, small_disk
from tests.models.streams_of import START, Maker
from tests.producing import produce
from tests.serving import serving
from tests.streams.bus.waiting import eventually, until

pytestmark = [
    pytest.mark.embedded,
    # clickhouse-connect forgets its file when that does not fit on the disk.
    pytest.mark.filterwarnings("ignore:unclosed file.*raw:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*Exception ignored in.*raw:pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", "64m", files=4000) as made:
        yield made


@pytest.mark.parametrize("fill", [SmallDisk.fill, SmallDisk.take_files], ids=["bytes", "files"])
def test_a_server_whose_disk_is_full_is_waited_for(fill, disk: SmallDisk, caplog: pytest.LogCaptureFixture) -> None:
    with (
        serving(disk.path / "store") as url,
        ThreadPoolExecutor(1) as thread,
        StoreWriter(lambda: connect(url), insert_rows=ROWS, max_pending_rows=4 * ROWS, patience_seconds=120) as writer,
    ):
        writer.write("labels", block(0))
        until(lambda: writer.metrics.rows["labels"] == ROWS, "the store takes the first block")
        fill(disk)
        writing = thread.submit(write_the_rest, writer)
        until(lambda: "a disk of ClickHouse is full" in caplog.text, "it is noticed, and said")
        until(lambda: writer.waits > 0, "the one who writes waits")
        assert not writing.done()
        disk.make_room()
        assert writing.result(120) <= 4 * ROWS
        until(lambda: not writer.pending_rows, "all of it is stored")
        with connect(url) as client:
            counted = client.query("SELECT count(), uniqExact(entity_id) FROM labels").result_rows
    assert counted == [(BLOCKS * ROWS, BLOCKS * ROWS)]
    assert len(re.findall("does not take inserts", caplog.text)) == 1
    assert "takes inserts again" in caplog.text


def send(stack: LocalStack, maker: Maker, first: int, events: int) -> None:
    """Put facts of accounts on the bus, and as many events of others."""
    numbers = range(first, first + events)
    facts = (AccountFacts(account_id=f"f{number}", ts=START) for number in numbers)
    produce(stack.bootstrap, facts, topics.ACCOUNT_FACTS)
    produce(stack.bootstrap, (maker.event(f"a{number % 9}", START + 10_000 * number) for number in numbers))


@pytest.mark.parametrize("where", ["store", "temporary files"])
async def test_the_embedded_stack_waits_for_a_full_disk_and_then_counts_every_event_once(
    where: str, disk: SmallDisk, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "temporary files":  # the engine in a process reads what is inserted from one
        monkeypatch.setattr(tempfile, "tempdir", str(disk.path))
    directory = (disk.path if where == "store" else tmp_path) / "store"
    settings = Settings(partitions=1, insert_rows=ROWS, fetch_events=2 * ROWS, insert_seconds=0.2)
    maker, before, events = Maker(1), 300, 4000
    async with local_stack(settings, directory) as stack:
        writer, progress = stack.worker.store, stack.worker.progress
        send(stack, maker, 0, before)
        await eventually(lambda: progress.handled[topics.API_EVENTS] == before, "what came before is counted")
        await stack.worker.commit()
        disk.fill()
        try:
            send(stack, maker, before, events)
            await eventually(lambda: "a disk of ClickHouse is full" in caplog.text, "it is noticed, and said")
            await eventually(lambda: writer.pending_rows + 2 * ROWS > PENDING_BLOCKS * ROWS, "the writer is full")
            assert writer.pending_rows <= PENDING_BLOCKS * ROWS
            # What is pending, and what is at work while it waits for room.
            assert progress.events <= before + (PENDING_BLOCKS + 2) * ROWS
        finally:
            disk.make_room()
        await eventually(lambda: progress.handled[topics.API_EVENTS] == before + events, "all is counted")
        await eventually(lambda: progress.handled[topics.ACCOUNT_FACTS] == before + events, "the facts are")
        await stack.worker.accounts.end_of_stream()
        await stack.worker.commit()
        await stack.worker.flush()
        ask = stack.client.query
        assert ask("SELECT count() FROM api_events FINAL").result_rows == [(before + events,)]
        assert ask("SELECT sum(events) FROM account_windows FINAL").result_rows == [(before + events,)]
        assert ask("SELECT count() FROM account_facts FINAL").result_rows == [(before + events,)]
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]
