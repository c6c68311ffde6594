"""`stillwatch sketch`: raw logs to API events."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from streams.settings import load_settings
from streams.sources.compressed import create_bytes
from streams.sources.raw_files import (
    Advance,
    Refused,
    Sketched,
    UnreadableFileError,
    read_raw_lines,
    sketch_here,
    sketch_in_processes,
)

_PATH = click.Path(path_type=Path, dir_okay=False, allow_dash=True)
STANDARD = Path("-")


@click.command(name="sketch")
@click.argument("files", nargs=-1, type=_PATH)
@click.option("--out", type=_PATH, default=STANDARD, help="Events, NDJSON; .gz or .zst compresses. Default: -, output.")
@click.option("--rejects", type=_PATH, help="Where to say which lines were refused, and why; NDJSON, no text in it.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that sketch.")
def command(files: tuple[Path, ...], out: Path, rejects: Path | None, workers: int) -> None:
    """Turn raw logs into API events: prompts become keyed sketches, and no text is left.

    FILES are NDJSON, plain, .gz or .zst; - or none is standard input. A raw log is an API event with messages,
    [{"role": ..., "content": ...}], in place of templates and content. The key is STILLWATCH_SKETCH_KEY. Lines that
    do not fit are left out and counted; the exit code is 1 when no line fits.

    \b
    Example:
      stillwatch sketch gateway.ndjson.gz --out events.ndjson.zst --rejects rejects.ndjson
    """  # noqa: D301
    files = files or (STANDARD,)
    for file in files:
        if file != STANDARD and not file.is_file():
            raise click.UsageError(f"FILES: {file} does not exist")
    key = load_settings().required_sketch_key().reveal()
    console, began = Console(stderr=True), time.perf_counter()
    with _progress(console, files) as advance:
        lines = read_raw_lines(files, advance)
        results = sketch_here(lines, key) if workers == 1 else sketch_in_processes(lines, workers)
        try:
            events, refused = _write(results, out, rejects)
        except (OSError, UnreadableFileError) as error:
            raise click.ClickException(str(error)) from error
    _report(console, events, refused, rejects, time.perf_counter() - began)
    if refused and not events:
        raise click.ClickException("no line is a raw log: are these the right files?")


def _write(results: Iterator[Sketched], out: Path, rejects: Path | None) -> tuple[int, int]:
    """Write events and, when asked, what was refused; return how many there are of each."""
    written = refused = 0
    with create_bytes(out) as events_file, create_bytes(rejects) if rejects else nullcontext() as rejects_file:
        for events, refusals in results:
            events_file.write(b"".join([event + b"\n" for event in events]))
            if rejects_file:
                rejects_file.write(b"".join(map(_reject, refusals)))
            written += len(events)
            refused += len(refusals)
    return written, refused


def _reject(refused: Refused) -> bytes:
    why = refused.why
    fields = {"file": str(refused.file), "line": refused.number, "field": why.field, "reason": str(why)}
    return msgspec.json.encode(fields) + b"\n"


@contextmanager
def _progress(console: Console, files: tuple[Path, ...]) -> Iterator[Advance]:
    """Show a bar on a terminal; nothing elsewhere, where the closing table is enough."""
    plain = all(file.is_file() and file.suffix not in (".gz", ".zst") for file in files)
    total = sum(file.stat().st_size for file in files) if plain else None
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(show_speed=True), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("sketching", total=total)
        yield lambda size: bar.advance(task, size)


def _report(console: Console, events: int, refused: int, rejects: Path | None, seconds: float) -> None:
    table = Table(title="Sketched")
    for column in ("events", "refused", "seconds", "events/s"):
        table.add_column(column, justify="right")
    table.add_row(f"{events:,}", f"{refused:,}", f"{seconds:.1f}", f"{events / seconds:,.0f}")
    console.print(table)
    if refused and rejects is None:
        console.print("--rejects FILE says which lines were refused, and why.")
