"""`stillwatch sketch`: raw logs to API events."""

from __future__ import annotations

from pathlib import Path

import click

from streams.cli.rewriting import PATH, STANDARD, rewrite
from streams.settings import load_settings
from streams.sources.raw_files import sketch_here, sketch_in_processes


@click.command(name="sketch")
@click.argument("files", nargs=-1, type=PATH)
@click.option("--out", type=PATH, default=STANDARD, help="Events, NDJSON; .gz or .zst compresses. Default: -, output.")
@click.option("--rejects", type=PATH, help="Where to say which lines were refused, and why; NDJSON, no text in it.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that sketch.")
def command(files: tuple[Path, ...], out: Path, rejects: Path | None, workers: int) -> None:
    """Turn raw logs into API events: prompts become keyed sketches, and no text is left.

    FILES are NDJSON, plain, .gz or .zst; - or none is standard input. A raw log is an API event with messages,
    [{"role": ..., "content": ...}], in place of templates and content. The key is STILLWATCH_SKETCH_KEY; while it
    changes, STILLWATCH_SKETCH_KEY_PREVIOUS is the old one. Lines that do not fit are left out and counted; the exit
    code is 1 when no line fits.

    \b
    Example:
      stillwatch sketch gateway.ndjson.gz --out events.ndjson.zst --rejects rejects.ndjson
    """  # noqa: D301
    keys = load_settings().required_sketch_keys().reveal()
    events, refused = rewrite(
        files,
        out,
        rejects,
        lambda lines: sketch_here(lines, keys) if workers == 1 else sketch_in_processes(lines, workers),
        title="sketched",
    )
    if refused and not events:
        raise click.ClickException("no line is a raw log: are these the right files?")
