"""`stillwatch detect`: the main job on files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
from rich.console import Console

from streams.cli.failures import failures_explained
from streams.cli.findings import show_findings
from streams.cli.steps import steps
from streams.cli.stoppable import stoppable
from streams.settings import Settings, load_settings
from streams.sources.feeder import STANDARD_INPUT
from streams.stack.detect import Job, detect
from streams.stack.results import Summary

STEPS = {
    "start": "Starting the stack",
    "replay": "Replaying events",
    "judge": "Judging campaigns",
    "write": "Writing results",
}


@click.command(name="detect")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Directory for results.")
@click.option("--raw", is_flag=True, help="FILES are raw logs with messages; sketch them first.")
@click.option("--facts", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Account facts, NDJSON.")
def command(files: tuple[Path, ...], out: Path, *, raw: bool, facts: Path | None) -> None:
    """Replay FILES through the embedded stack in event time, and write what was found.

    FILES are API events as NDJSON, plain, .gz or .zst; - is standard input. Several are merged by their times.

    \b
    Example:
      stillwatch detect events-*.ndjson.zst --out build/monday --facts facts.ndjson
      STILLWATCH_SKETCH_KEY=... stillwatch detect --raw gateway.ndjson --out build/raw
      zcat events.gz | stillwatch detect - --out build/piped
    """  # noqa: D301
    with stoppable():
        run_job(Job(files=files, out=out, raw=raw, facts=facts), load_settings())


def run_job(job: Job, settings: Settings) -> Summary:
    """Do `job` with progress on standard error and findings on standard output."""
    if job.raw:
        settings.required_sketch_keys()
    for file in job.files:
        if str(file) != STANDARD_INPUT and not file.exists():
            raise click.UsageError(f"FILES: {file} does not exist")
    with failures_explained(), steps(Console(stderr=True), STEPS) as report:
        summary = asyncio.run(detect(job, settings, report))
    show_findings(Console(), job.out, summary)
    return summary
