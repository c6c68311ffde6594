"""The engine and its directory: one owner, errors in words, any number of threads, and a clean end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError

from streams.store.embedded import EmbeddedStore
from streams.store.errors import StoreBusyError, StoreError

pytestmark = pytest.mark.embedded

OPEN = """
import sys
from streams.store.embedded import EmbeddedStore
from streams.store.errors import StoreError
try:
    with EmbeddedStore(sys.argv[1]) as store:
        print("open", store.client(database=None).command("SELECT 40 + 2"), flush=True)
        sys.stdin.readline()
except StoreError as error:
    print(error)
"""
# A process that does everything at once, and is told to stop by Ctrl-C, which a background job would ignore.
BUSY = """
import asyncio, signal, sys, time
from streams.sinks.clickhouse import StoreWriter
from streams.store import migrations
from streams.store.connect import connect
from streams.store.embedded import EmbeddedStore
from streams.store.http import StoreServer

signal.signal(signal.SIGINT, signal.default_int_handler)
RUNNING = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT count() FROM numbers%'"
ENDLESS = "SELECT count() FROM numbers(1000000000000) WHERE sleep(1) = 0"

async def main():
    deadline = time.monotonic() + 60
    with EmbeddedStore(sys.argv[1]) as store:
        migrations.apply(store.client(database=None))
        with StoreWriter(store.client, insert_seconds=0.01) as writer:
            async with StoreServer(store) as server:
                endless = asyncio.create_task(asyncio.to_thread(lambda: connect(server.url).command(ENDLESS)))
                watching = store.client(database=None)
                while not watching.command(RUNNING):
                    if endless.done() or time.monotonic() > deadline:
                        sys.exit(f"the endless query is not running: {endless}")
                    await asyncio.sleep(0)
                print("busy", flush=True)
                while True:
                    writer.write("labels", {"entity_type": ["link"], "entity_id": ["x"], "verdict": ["benign"]})
                    await asyncio.sleep(0)

asyncio.run(main())
"""
# A process that ends its main thread and forgets its writer.
FORGETFUL = """
import sys
from streams.sinks.clickhouse import StoreWriter
from streams.store import migrations
from streams.store.embedded import EmbeddedStore

store = EmbeddedStore(sys.argv[1])
migrations.apply(store.client(database=None))
writer = StoreWriter(store.client).__enter__()
writer.write("labels", {"entity_type": ["link"], "entity_id": ["x"], "verdict": ["benign"]})
print("over", flush=True)
"""


@contextmanager
def start(script: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a script until the block ends, however it ends."""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()  # a test that failed must not wait for what it waited for already


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_process_is_told_who_owns_the_directory_and_where_to_ask(store: EmbeddedStore) -> None:
    with start(OPEN, store.path) as other:
        out, err = other.communicate()
        assert out.strip() == (
            f"the store {store.path} is in use by process {os.getpid()}, and only one process can open it:"
            " stop it first"
        )
        assert err == ""
    store.advertise("http://127.0.0.1:8123")
    with start(OPEN, store.path) as other:
        assert "ask it at http://127.0.0.1:8123" in other.communicate()[0]
    store.advertise(None)
    with pytest.raises(StoreBusyError) as busy:
        EmbeddedStore(store.path)
    assert (busy.value.pid, busy.value.url) == (os.getpid(), None)


def test_two_stores_side_by_side_are_two_processes(store: EmbeddedStore, tmp_path: Path) -> None:
    with start(OPEN, tmp_path / "other") as other:
        assert said(other) == "open 42"
        assert store.client(database=None).command("SELECT 6 * 7") == 42
        with pytest.raises(StoreError, match=r"cannot be opened: .* already initialized with path"):
            EmbeddedStore(tmp_path / "third")
        other.communicate("\n")
        assert other.returncode == 0


def test_what_was_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path / "store") as store:
        client = store.client(database="default")
        client.command("CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a")
        client.command("INSERT INTO kept VALUES (7)")
    with pytest.raises(ClickHouseError, match="closed"):
        client.query("SELECT 1")
    with pytest.raises(StoreError, match="was closed"):
        store.client()
    store.close()
    with EmbeddedStore(tmp_path / "store", create=False) as store:
        assert store.client(database="default").query("SELECT * FROM kept").result_rows == [(7,)]


def test_what_others_left_open_does_not_keep_the_directory(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path / "one") as store:
        left = (store.client(database=None), store.connection())
    with EmbeddedStore(tmp_path / "two") as store:
        assert store.client(database=None).command("SELECT 1") == 1
    del left


def test_the_directory_is_for_this_user_only(store: EmbeddedStore) -> None:
    assert store.path.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("name", "message"), [("none", "there is no store at"), ("a?b", "holds a '\\?'"), ("file/in", "cannot be made")]
)
def test_paths_that_cannot_be_a_store_are_named(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=message):
        EmbeddedStore(tmp_path / name, create=name != "none")


def test_an_advertisement_of_a_dead_process_is_not_believed(store: EmbeddedStore) -> None:
    (store.path / "endpoint").write_text("1 http://127.0.0.1:9\n")
    with pytest.raises(StoreBusyError) as busy:
        EmbeddedStore(store.path)
    assert busy.value.url is None


def test_clients_work_in_parallel_and_a_shared_one_is_safe(store: EmbeddedStore) -> None:
    shared = store.client(database="default")
    shared.command("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")

    def work(number: int) -> int:
        own = store.client(database="default")
        for client in (own, shared):
            client.insert("t", [[number]], column_names=["a"])
        return int(own.query("SELECT {n:UInt64}", parameters={"n": number}).first_row[0])

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, range(40))) == list(range(40))
    assert shared.query("SELECT count(), sum(a) FROM t").result_rows == [(80, 2 * sum(range(40)))]


def test_ctrl_c_ends_a_process_that_is_busy_in_every_thread(tmp_path: Path) -> None:
    with start(BUSY, tmp_path / "store") as process:
        assert said(process) == "busy"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode in (1, -signal.SIGINT), err
    assert "KeyboardInterrupt" in err


def test_a_forgotten_writer_does_not_keep_the_interpreter_alive(tmp_path: Path) -> None:
    with start(FORGETFUL, tmp_path / "store") as process:
        out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == ("over\n", "", 0)
