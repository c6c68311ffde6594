"""What commands that turn files of lines into events share: progress, the two files, and the report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from streams.sources.compressed import create_bytes
from streams.sources.raw_files import Advance, RawLine, Refused, Sketched, UnreadableFileError, read_raw_lines

PATH = click.Path(path_type=Path, dir_okay=False, allow_dash=True)
STANDARD = Path("-")


def rewrite(
    files: tuple[Path, ...],
    out: Path,
    rejects: Path | None,
    results_of: Callable[[Iterable[RawLine]], Iterator[Sketched]],
    *,
    title: str,
) -> tuple[int, int]:
    """Write the events that lines become, and why others become none; return how many there are of each.

    Args:
        files: What to read; none is standard input.
        out: Events, NDJSON.
        rejects: Why lines were refused, NDJSON; None for nowhere.
        results_of: Turns lines into events and refusals, some at a time.
        title: What is done, for progress and report: `sketched`.
    """
    files = files or (STANDARD,)
    for file in files:
        if file != STANDARD and not file.is_file():
            raise click.UsageError(f"FILES: {file} does not exist")
    console, began = Console(stderr=True), time.perf_counter()
    with _progress(console, files, title) as advance:
        try:
            events, refused = _write(results_of(read_raw_lines(files, advance)), out, rejects)
        except (OSError, UnreadableFileError) as error:
            raise click.ClickException(str(error)) from error
    _report(console, title, events, refused, rejects, time.perf_counter() - began)
    return events, refused


def _write(results: Iterator[Sketched], out: Path, rejects: Path | None) -> tuple[int, int]:
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
    fields = {
        "file": str(refused.file),
        "line": refused.number,
        "field": why.field,
        "value": why.value,
        "rule": why.rule,
        "reason": str(why),
    }
    return msgspec.json.encode(fields) + b"\n"


@contextmanager
def _progress(console: Console, files: tuple[Path, ...], title: str) -> Iterator[Advance]:
    """Show a bar on a terminal; nothing elsewhere, where the closing table is enough."""
    plain = all(file.is_file() and file.suffix not in (".gz", ".zst") for file in files)
    total = sum(file.stat().st_size for file in files) if plain else None
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(show_speed=True), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield lambda size: bar.advance(task, size)


def _report(console: Console, title: str, events: int, refused: int, rejects: Path | None, seconds: float) -> None:
    table = Table(title=title.capitalize())
    for column in ("events", "refused", "seconds", "events/s"):
        table.add_column(column, justify="right")
    table.add_row(f"{events:,}", f"{refused:,}", f"{seconds:.1f}", f"{events / seconds:,.0f}")
    console.print(table)
    if refused and rejects is None:
        console.print("--rejects FILE says which lines were refused, and why.")
