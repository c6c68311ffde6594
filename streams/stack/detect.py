"""The main job on files: replay them through the embedded stack in event time, and write what was found."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from streams import topics
from streams.bus.admin import topic_ends
from streams.settings import Settings
from streams.sources.feeder import Feeder
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
        await _replay(job, stack, report)
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


async def _replay(job: Job, stack: LocalStack, report: Callable[[str, float], None]) -> None:
    """Feed the files to the bus and wait until the accounts agent has acknowledged every record."""
    with Feeder(job.files, stack.bootstrap, raw=job.raw, facts=job.facts) as feeder:
        while not feeder.finished or not _caught_up(stack, feeder.produced):
            await asyncio.sleep(POLL_SECONDS)
            done = stack.worker.progress.acknowledged[topics.API_EVENTS]
            report("replay", feeder.share_read * done / max(feeder.produced, 1))
    report("replay", 1.0)


def _caught_up(stack: LocalStack, produced: int) -> bool:
    return stack.worker.progress.acknowledged[topics.API_EVENTS] >= produced


async def _drain(stack: LocalStack, report: Callable[[str, float], None]) -> None:
    """Wait until everything that the replay led to has been judged, then look at every campaign once more."""
    await stack.worker.accounts.end_of_stream()
    for topic in (topics.SIGHTINGS, topics.EVIDENCE):
        await stack.worker.commit()
        ends = await asyncio.to_thread(topic_ends, stack.bootstrap, topic)
        wanted = sum(high - low for low, high in ends.values())
        while (done := stack.worker.progress.acknowledged[topic]) < wanted:
            report("judge", done / wanted)
            await asyncio.sleep(POLL_SECONDS)
            await stack.worker.commit()
    await stack.worker.campaigns.end_of_stream()
    await stack.worker.flush()
    report("judge", 1.0)
