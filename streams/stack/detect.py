"""The main job on files: replay them through the embedded stack in event time, and write what was found."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from streams import topics
from streams.bus.admin import topic_ends
from streams.bus.producer import RawProducer
from streams.settings import Settings
from streams.sources.feeder import Feed, Feeder
from streams.sources.lines import read_lines
from streams.sources.replay import replay
from streams.stack.local import LocalStack, local_stack
from streams.stack.results import Summary, program_version, write_results, write_summary

POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Job:
    """What to detect in.

    Attributes:
        files: NDJSON of API events, or of raw logs when `raw`.
        facts: NDJSON of account facts.
        out: Directory for the results; its `store/` must not exist yet.
    """

    files: Sequence[Path]
    out: Path
    raw: bool = False
    facts: Path | None = None


class DetectError(RuntimeError):
    """The job cannot be done; the message says what to do."""


async def detect(job: Job, settings: Settings, report: Callable[[str, float], None]) -> Summary:
    """Do the job and write its results to `job.out`.

    Args:
        job: What to read and where to write.
        settings: As for a worker.
        report: Called with the name of the present step and the share of it that is done, 0..1.

    Raises:
        DetectError: `job.out` holds results of another run.
    """
    if (job.out / "store").exists():
        raise DetectError(f"--out {job.out} holds the results of another run: name another directory, or remove it")
    job.out.mkdir(parents=True, exist_ok=True)
    report("start", 0.0)
    async with local_stack(settings, job.out / "store") as stack:
        began = time.monotonic()
        await _replay(job, settings, stack, report)
        seconds = time.monotonic() - began
        await _drain(stack, report)
        report("write", 0.0)
        counts = await asyncio.to_thread(write_results, stack.client, job.out)
        done = stack.worker.progress
        summary = Summary(
            events=done.events,
            duplicates=done.duplicates,
            dead_letters=done.dead_letters,
            late=done.late,
            seconds=round(seconds, 3),
            events_per_second=round(done.events / seconds, 1),
            version=program_version(),
            **counts,
        )
        write_summary(job.out, summary)
        report("write", 1.0)
    return summary


async def _replay(job: Job, settings: Settings, stack: LocalStack, report: Callable[[str, float], None]) -> None:
    """Feed the files to the bus and wait until the accounts agent has acknowledged every record."""
    acknowledged = stack.worker.progress.acknowledged
    if job.facts is not None:
        facts = await asyncio.to_thread(_produce_facts, job.facts, stack.bootstrap)
        while acknowledged[topics.ACCOUNT_FACTS] < facts:
            await asyncio.sleep(POLL_SECONDS)
    feed = Feed(job.files, stack.bootstrap, sketch_key=settings.sketch_key if job.raw else None)
    with Feeder(feed) as feeder:
        while feeder.produced is None or acknowledged[topics.API_EVENTS] < feeder.produced:
            await asyncio.sleep(POLL_SECONDS)
            feeder.poll()
            ahead = feeder.produced or await asyncio.to_thread(_records, stack.bootstrap, topics.API_EVENTS)
            report("replay", feeder.share_read * acknowledged[topics.API_EVENTS] / max(ahead, 1))
    report("replay", 1.0)


def _produce_facts(path: Path, bootstrap: str) -> int:
    with RawProducer(bootstrap) as producer:
        return replay(read_lines([path]), producer, topics.ACCOUNT_FACTS)


def _records(bootstrap: str, topic: str) -> int:
    return sum(high - low for low, high in topic_ends(bootstrap, topic).values())


async def _drain(stack: LocalStack, report: Callable[[str, float], None]) -> None:
    """Wait until everything that the replay led to has been judged, then look at every campaign once more."""
    await stack.worker.accounts.end_of_stream()
    for topic in (topics.DEAD_LETTERS, topics.SIGHTINGS, topics.EVIDENCE):
        await stack.worker.commit()
        wanted = await asyncio.to_thread(_records, stack.bootstrap, topic)
        while (done := stack.worker.progress.acknowledged[topic]) < wanted:
            report("judge", done / wanted)
            await asyncio.sleep(POLL_SECONDS)
            await stack.worker.commit()
    await stack.worker.campaigns.end_of_stream()
    await stack.worker.flush()
    report("judge", 1.0)
