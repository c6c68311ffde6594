"""The main job on files: replay them through the embedded stack in event time, and write what was found."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from msgspec.structs import replace

from streams import topics
from streams.agents.progress import Progress
from streams.bus.connection import brokers_of
from streams.bus.producer import RawProducer
from streams.bus.removal import remove_run
from streams.settings import Settings
from streams.sources.feed import BLOCK_EVENTS, Feed
from streams.sources.feeder import Feeder
from streams.sources.lines import read_lines
from streams.sources.replay import replay
from streams.stack.local import LocalStack, local_stack
from streams.stack.results import Summary, program_version, write_results, write_summary
from streams.stack.unfinished import unfinished
from streams.store.uncut import in_thread

POLL_SECONDS = 0.02
# Blocks of events under way: one that the agents work on, one that waits for them. What partitions are apart in
# event time is at most this much of the log.
BLOCKS = 2
# Messages between agents at which the feeder waits for them: those of about a block.
BEHIND_MESSAGES = 64

Report = Callable[[str, float | None], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What to detect in.

    Attributes:
        files: NDJSON of API events, or of raw logs when `raw`; `-` is standard input.
        facts: NDJSON of account facts.
        out: Directory for the results; its `store/` must not exist yet.
    """

    files: Sequence[Path]
    out: Path
    raw: bool = False
    facts: Path | None = None

    @property
    def store(self) -> Path:
        """The directory of the store."""
        return self.out / "store"

    def check_out(self) -> None:
        """Do nothing when the results have room.

        Raises:
            OutputExistsError: There are some already.
        """
        if self.store.exists():
            raise OutputExistsError(
                f"--out {self.out} holds the results of another run: name another directory, or remove it"
            )


class OutputExistsError(RuntimeError):
    """The directory for results holds those of another run."""


async def detect(job: Job, settings: Settings, report: Report) -> Summary:
    """Do the job and write its results to `job.out`; when that fails, what was written is removed.

    Args:
        job: What to read and where to write.
        settings: As for a worker.
        report: Called with the name of the present step and the share of it that is done, 0..1 or None for unknown.

    Raises:
        OutputExistsError: `job.out` holds results of another run.
        UnfinishedError: Another run is writing to `job.out`.
        FeedError: A file cannot be read.
    """
    report("start", None)
    job.check_out()
    with unfinished(job.out) as draft:
        async with _stack(settings, draft / job.store.name) as stack:
            report("start", 1.0)
            began = time.monotonic()
            letters = await _replay(job, settings, stack, report)
            await _judge(stack, letters, report)
            seconds = time.monotonic() - began
            report("write", None)
            counts = await in_thread(write_results, stack.client, draft)
            summary = _summary(stack.worker.progress, counts, seconds)
            write_summary(draft, summary)
            report("write", 1.0)
    return summary


@asynccontextmanager
async def _stack(settings: Settings, store: Path) -> AsyncIterator[LocalStack]:
    """Run the stack; on a Kafka that others use, with topics and a group of the run's own, deleted at its end."""
    if settings.kafka_embedded:
        async with local_stack(settings, store) as stack:
            yield stack
        return
    name = f"{settings.topic_prefix}detect-{uuid4().hex}"
    try:
        async with local_stack(replace(settings, topic_prefix=f"{name}.", group_id=name), store) as stack:
            yield stack
    finally:
        await asyncio.to_thread(remove_run, brokers_of(settings), name)


async def _replay(job: Job, settings: Settings, stack: LocalStack, report: Report) -> int:
    """Feed the files to the bus and wait until the accounts agent is through; return the letters fed beside them."""
    progress, names = stack.worker.progress, stack.worker.settings
    report("replay", 0.0)
    if job.facts is not None:
        facts = await asyncio.to_thread(_produce_facts, job.facts, stack, names.topic_prefix + topics.ACCOUNT_FACTS)
        await _until(lambda: progress.handled[topics.ACCOUNT_FACTS] >= facts)
    feed = Feed(
        files=tuple(map(str, job.files)),
        bootstrap=stack.brokers,
        events=names.topic_prefix + topics.API_EVENTS,
        letters=names.topic_prefix + topics.DEAD_LETTERS,
        sketch_keys=settings.required_sketch_keys().reveal() if job.raw else None,
    )
    with Feeder(feed) as feeder:
        while not feeder.said.done or progress.handled[topics.API_EVENTS] < feeder.said.events:
            if progress.waiting(topics.SIGHTINGS, topics.EVIDENCE) < BEHIND_MESSAGES:
                feeder.allow((progress.handled[topics.API_EVENTS] // BLOCK_EVENTS + BLOCKS) * BLOCK_EVENTS)
            await asyncio.sleep(POLL_SECONDS)
            feeder.poll()
            if (share := feeder.share_read) is not None:
                share *= progress.handled[topics.API_EVENTS] / max(feeder.said.events, 1)
            report("replay", share)
        return feeder.said.letters


def _produce_facts(path: Path, stack: LocalStack, topic: str) -> int:
    with RawProducer(stack.brokers) as producer:
        return replay(read_lines([path]), producer, topic)


async def _judge(stack: LocalStack, letters: int, report: Report) -> None:
    """Wait until everything that the replay led to has been judged, then look at every campaign once more."""
    worker, progress = stack.worker, stack.worker.progress
    report("judge", None)
    await worker.accounts.end_of_stream()
    progress.sent[topics.DEAD_LETTERS] += letters
    await _until(lambda: not progress.waiting(topics.DEAD_LETTERS, topics.SIGHTINGS, topics.EVIDENCE))
    await worker.campaigns.end_of_stream()
    await worker.commit()
    await worker.flush()
    report("judge", 1.0)


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - of counters that agents raise, and nobody else waits for
        await asyncio.sleep(POLL_SECONDS)


def _summary(done: Progress, counts: dict[str, int], seconds: float) -> Summary:
    return Summary(
        events=done.events,
        duplicates=done.duplicates,
        dead_letters=done.dead_letters,
        late=done.late,
        seconds=round(seconds, 3),
        events_per_second=round(done.events / seconds, 1),
        version=program_version(),
        **counts,
    )
