"""Rows to ClickHouse, in blocks, from a thread of their own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from clickhouse_connect.driver.client import Client

from streams.sinks.blocks import Block, Columns, count_rows
from streams.sinks.inserts import TableShape, insert
from streams.sinks.patience import Patience
from streams.sinks.queue import BlockQueue

# Blocks that may wait: one is being inserted, one is being filled, the rest is for when ClickHouse takes its time. At
# 1 KiB an event and 10,000 rows a block, 80 MB.
PENDING_BLOCKS = 8

T = TypeVar("T")


class Question(Future[T]):
    """What the thread of a writer is to ask ClickHouse once it is through with what was written before."""

    def __init__(self, ask: Callable[[Client], T]) -> None:
        super().__init__()
        self.ask = ask


@dataclass(slots=True)
class WriterMetrics:
    """What a writer has done so far.

    Attributes:
        rows: Rows that ClickHouse acknowledged, per table.
        blocks: Inserts that it acknowledged, per table.
        insert_seconds: Seconds spent inserting.
        failures: Inserts that failed; after the first, nothing is written any more.
    """

    rows: Counter[str] = field(default_factory=Counter)
    blocks: Counter[str] = field(default_factory=Counter)
    insert_seconds: float = 0.0
    failures: int = 0


class StoreWriter:
    """Collects rows per table, and inserts them as blocks from a thread of its own.

    A block leaves when it has `insert_rows` rows, when its first row has waited `insert_seconds`, or at `flush`. An
    insert that fails because ClickHouse is away is repeated for `patience_seconds` (`streams.sinks.patience`). The
    first that fails for good ends the writer: `write` and `flush` raise what it raised and nothing is written any more,
    so that a worker stops before it acknowledges what is not stored. It is a context manager; leaving it in order
    writes what is left, leaving it with an exception drops that, since nobody was told that it is stored.

    What an insert costs is measured in `streams.sinks.inserts`.

    Args:
        connect: Makes the client, which only this writer uses.
        insert_rows: Rows of one block, at least.
        insert_seconds: Seconds that a row waits for others.
        max_pending_rows: Rows that may be pending before `write` waits; by default eight blocks.
        patience_seconds: How long ClickHouse may be away.

    Attributes:
        metrics: Counters, for display.
        patience: Says since when ClickHouse is away.
    """

    def __init__(
        self,
        connect: Callable[[], Client],
        *,
        insert_rows: int = 10_000,
        insert_seconds: float = 1.0,
        max_pending_rows: int | None = None,
        patience_seconds: float = 0.0,
    ) -> None:
        self.metrics = WriterMetrics()
        self.patience = Patience(patience_seconds, self._wait)
        self._hurry = threading.Event()
        self._connect = connect
        self._queue = BlockQueue(insert_rows, insert_seconds, max_pending_rows or PENDING_BLOCKS * insert_rows)
        self._thread: threading.Thread | None = None

    @property
    def pending_rows(self) -> int:
        """Rows that were written and are not yet acknowledged."""
        return self._queue.pending

    @property
    def waits(self) -> int:
        """How many writes had to wait because too much was pending."""
        return self._queue.waits

    def write(self, table: str, columns: Columns, *, token: str | None = None) -> None:
        """Add rows; they are stored once a later `flush` returns.

        Does not wait, unless more than `max_pending_rows` are pending: then it blocks the calling thread until there is
        room. Where that is an event loop, await `room` first.

        Args:
            table: Name of a table of the database.
            columns: Values by column, all of one length, times in epoch milliseconds. They are read later, so they are
                not to be changed.
            token: Where given, these rows are a block of their own, which ClickHouse stores once however often it comes
                under this token.

        Raises:
            ValueError: The columns differ in length.
            Exception: What an earlier insert raised.
        """
        if rows := count_rows(table, columns):
            self._queue.put(table, columns, rows, token)

    def write_text(self, table: str, text: bytes, rows: int) -> None:
        """Add `rows` rows in the format JSONEachRow, as `write` adds columns; see `streams.sinks.event_lines`."""
        if rows:
            self._queue.put(table, text, rows, None)

    @property
    def block_rows(self) -> int:
        """Rows of one block."""
        return self._queue.block_rows

    async def room(self, rows: int = 0) -> None:
        """Return when a write of one block, or of `rows` where those are more, would not have to wait."""
        rows = max(rows, self._queue.block_rows)
        if self._queue.pending + rows > self._queue.max_rows:
            await asyncio.to_thread(self._queue.wait_for_room, rows)

    async def flush(self) -> None:
        """Return when ClickHouse has acknowledged everything written before.

        Raises:
            Exception: What an insert raised, now or earlier.
        """
        assert self._thread is not None, "not started"
        await asyncio.wrap_future(self._queue.mark())

    def ask(self, question: Callable[[Client], T]) -> T:
        """Return what ClickHouse answers once it has everything written before; blocks, so not for an event loop.

        Raises:
            Exception: What the question raised, or an insert did, now or earlier.
            concurrent.futures.CancelledError: The writer has ended, or ends meanwhile.
        """
        assert self._thread is not None, "not started"
        asked = Question(question)
        self._queue.mark(asked)
        return asked.result()

    def __enter__(self) -> Self:
        """Connect, and start the thread.

        Raises:
            StoreError: ClickHouse cannot be reached.
        """
        # Not a daemon: a thread that is cut off inside the engine takes the process down with it.
        self._thread = threading.Thread(target=self._run, args=(self._connect(),), name="store-writer")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._thread is not None, "not started"
        last = self._queue.mark() if error is None else None
        if error is not None:
            self._hurry.set()  # nobody waits for what an outage holds up
        self._queue.close(drop=error is not None)
        self._thread.join()
        if last is not None:
            last.result()

    def _run(self, client: Client) -> None:
        """Insert what comes until the queue ends."""
        shapes: dict[str, TableShape] = {}
        failure: Exception | None = None
        while (item := self._queue.take()) is not None:
            if isinstance(item, Future):
                if isinstance(item, Question) and failure is None:
                    self._answer(client, item)
                else:
                    _resolve(item, failure)
                continue
            if failure is None:
                failure = self._insert(client, shapes, item)
            self._queue.done(item, failure)
        client.close()

    def _wait(self, seconds: float) -> bool:
        return self._hurry.wait(seconds) or not threading.main_thread().is_alive()

    def _answer(self, client: Client, question: Question[Any]) -> None:
        """Ask, as patiently as for an insert; what goes wrong is for whoever asked."""
        if not question.set_running_or_notify_cancel():
            return
        answers: list[Any] = []
        try:
            self.patience.do(lambda: answers.append(question.ask(client)))
        except Exception as error:  # noqa: BLE001 - it is raised where somebody waits, see `ask`
            question.set_exception(error)
        else:
            question.set_result(answers[-1])

    def _insert(self, client: Client, shapes: dict[str, TableShape], block: Block) -> Exception | None:
        """Insert a block; return what went wrong, for those who wait for it."""
        started = time.perf_counter()
        try:
            if block.table not in shapes:
                self.patience.do(lambda: shapes.update({block.table: TableShape.of(client, block.table)}))
            self.patience.do(lambda: insert(client, shapes[block.table], block))
        except Exception as error:  # noqa: BLE001 - it is raised where somebody waits, see `write` and `flush`
            self.metrics.failures += 1
            return error
        self.metrics.insert_seconds += time.perf_counter() - started
        self.metrics.rows[block.table] += block.rows
        self.metrics.blocks[block.table] += 1
        return None


def _resolve(mark: Future[Any], failure: Exception | None) -> None:
    if not mark.set_running_or_notify_cancel():
        return  # nobody waits any more
    if failure is None:
        mark.set_result(None)
    else:
        mark.set_exception(failure)
