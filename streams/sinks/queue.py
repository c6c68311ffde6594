"""Blocks between the threads that write rows and the one that inserts them: bounded, in order, by size or by age."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any
from uuid import uuid4

from streams.sinks.blocks import Block, Columns

# How often a waiting consumer looks whether the program still lives.
PULSE_SECONDS = 1.0


class BlockQueue:
    """Any number of producers, one consumer.

    Args:
        block_rows: Rows at which a block is complete.
        block_seconds: Age at which it is complete anyway.
        max_rows: Rows that may be in the queue, or taken from it and not done, before `put` waits.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        block_rows: int,
        block_seconds: float,
        max_rows: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.block_rows = block_rows
        self.max_rows = max_rows
        self._block_seconds = block_seconds
        self._clock = clock
        # Guards all that follows, and is notified whenever any of it changes.
        self._changed = threading.Condition()
        self._open: dict[str, Block] = {}
        self._ready: deque[Block | Future[Any]] = deque()
        self._pending = 0
        self._failure: Exception | None = None
        self._closed = False
        self.waits = 0

    @property
    def pending(self) -> int:
        """Rows that were put and are not done."""
        return self._pending

    def put(self, table: str, part: Columns | bytes, rows: int, token: str | None) -> None:
        """Add rows, waiting while the queue is full; a write that is larger than the queue waits until it is empty.

        Raises:
            Exception: What the consumer failed with.
        """
        with self._changed:
            if not self._has_room(rows):
                self.waits += 1
                self._changed.wait_for(lambda: self._has_room(rows))
            if self._failure is not None:
                raise self._failure
            block = self._block_for(table, () if isinstance(part, bytes) else tuple(part), token)
            block.add(part, rows)
            self._pending += rows
            if token is not None or block.rows >= self.block_rows:
                self._complete(block)
            self._changed.notify_all()

    def wait_for_room(self, rows: int) -> None:
        """Return when `rows` more would not have to wait, or never would again."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_room(rows))

    def mark(self, mark: Future[Any] | None = None) -> Future[Any]:
        """Complete every block; return a future, `mark` if given, which the consumer meets once through with them."""
        mark = Future() if mark is None else mark
        with self._changed:
            for block in list(self._open.values()):
                self._complete(block)
            if self._closed:
                mark.cancel()  # nobody is left to meet it, and nobody is to wait for that
            self._ready.append(mark)
            self._changed.notify_all()
        return mark

    def take(self) -> Block | Future[Any] | None:
        """Return what comes next, when it does; None: nothing will any more.

        Also None once the main thread has ended without closing the queue, so that a forgotten writer cannot keep the
        interpreter from ending.
        """
        with self._changed:
            while not self._ready:
                if self._closed or not threading.main_thread().is_alive():
                    return None
                due = min((block.due for block in self._open.values()), default=None)
                wait = PULSE_SECONDS if due is None else min(due - self._clock(), PULSE_SECONDS)
                if wait > 0:
                    self._changed.wait(wait)
                else:
                    self._complete(next(block for block in self._open.values() if block.due == due))
            return self._ready.popleft()

    def done(self, block: Block, failure: Exception | None = None) -> None:
        """Say that a block that was taken is stored, or why not; after the first failure, `put` raises it."""
        with self._changed:
            self._pending -= block.rows
            self._failure = self._failure or failure
            self._changed.notify_all()

    def close(self, *, drop: bool) -> None:
        """Let the consumer end once it has taken what is left, or at once."""
        with self._changed:
            if drop:
                for item in self._ready:
                    if isinstance(item, Future):
                        item.cancel()
                self._open.clear()
                self._ready.clear()
            self._closed = True
            self._changed.notify_all()

    def _has_room(self, rows: int) -> bool:
        return self._pending == 0 or self._pending + rows <= self.max_rows or self._failure is not None

    def _block_for(self, table: str, names: tuple[str, ...], token: str | None) -> Block:
        block = self._open.get(table)
        if block is not None and (token is not None or block.names != names):
            self._complete(block)
            block = None
        if block is None:
            # Without a token of the caller's, one that only a repetition of the same request has.
            due = self._clock() + self._block_seconds
            block = self._open[table] = Block(table, names, token or uuid4().hex, due)
        return block

    def _complete(self, block: Block) -> None:
        self._ready.append(self._open.pop(block.table))
