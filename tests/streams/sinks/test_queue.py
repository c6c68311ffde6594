"""The queue between those who write rows and the one who inserts them."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from streams.sinks.blocks import Block
from streams.sinks.queue import BlockQueue


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> BlockQueue:
    return BlockQueue(block_rows=3, block_seconds=1.0, max_rows=10, clock=clock)


def put(queue: BlockQueue, rows: int, table: str = "t", token: str | None = None) -> None:
    queue.put(table, {"a": list(range(rows))}, rows, token)


def take(queue: BlockQueue) -> Block:
    block = queue.take()
    assert isinstance(block, Block)
    return block


def test_a_block_is_complete_by_size(queue: BlockQueue) -> None:
    put(queue, 2)
    put(queue, 2)
    put(queue, 1)
    assert take(queue).rows == 4
    assert queue.pending == 5


def test_a_block_is_complete_by_age(queue: BlockQueue, clock: Clock) -> None:
    put(queue, 1)
    clock.now = 0.5
    put(queue, 1, table="younger")
    clock.now = 1.0
    assert take(queue).table == "t"
    clock.now = 1.5
    assert take(queue).table == "younger"


def test_a_consumer_that_waits_wakes_for_a_block(queue: BlockQueue) -> None:
    with ThreadPoolExecutor(1) as thread:
        taken = thread.submit(queue.take)
        put(queue, 3)
        block = taken.result()
    assert isinstance(block, Block)
    assert block.rows == 3


def test_a_mark_comes_after_everything_before_it(queue: BlockQueue) -> None:
    put(queue, 1)
    put(queue, 1, table="u")
    mark = queue.mark()
    put(queue, 1, table="v")
    assert {take(queue).table, take(queue).table} == {"t", "u"}
    assert queue.take() is mark


def test_a_token_is_a_block_of_its_own(queue: BlockQueue) -> None:
    put(queue, 1)
    put(queue, 1, token="mine")
    put(queue, 1)
    queue.mark()
    tokens = [take(queue).token for _ in range(3)]
    assert tokens[1] == "mine"
    assert len(set(tokens)) == 3


def test_other_columns_are_another_block(queue: BlockQueue) -> None:
    put(queue, 1)
    queue.put("t", {"b": [1]}, 1, None)
    queue.mark()
    assert [take(queue).names for _ in range(2)] == [("a",), ("b",)]


def test_a_full_queue_makes_the_writer_wait(queue: BlockQueue) -> None:
    put(queue, 10)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(put, queue, 1)
        room = threading.Thread(target=queue.wait_for_room, args=(3,))
        room.start()
        assert not waiting.done()
        queue.done(take(queue))
        waiting.result()
        room.join()
    assert (queue.pending, queue.waits) == (1, 1)


def test_a_write_larger_than_the_queue_waits_until_it_is_empty(queue: BlockQueue) -> None:
    put(queue, 100)
    block = take(queue)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(put, queue, 100)
        queue.done(block)
        waiting.result()
    assert take(queue).rows == 100


def test_a_failure_reaches_writers_that_wait_and_those_that_come(queue: BlockQueue) -> None:
    put(queue, 10)
    block = take(queue)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(put, queue, 5)
        queue.done(block, OSError("gone"))
        with pytest.raises(OSError, match="gone"):
            waiting.result()
    with pytest.raises(OSError, match="gone"):
        put(queue, 1)


def test_closing_leaves_what_is_ready(queue: BlockQueue) -> None:
    put(queue, 3)
    queue.close(drop=False)
    assert take(queue).rows == 3
    assert queue.take() is None


def test_dropping_leaves_nothing_and_nobody_waiting(queue: BlockQueue) -> None:
    put(queue, 3)
    mark: Future[None] = queue.mark()
    queue.close(drop=True)
    assert queue.take() is None
    assert mark.cancelled()
