"""`stillwatch replay`: events of files into a running bus."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from streams.bus.admin import TopicError, topic_ends
from streams.bus.connection import brokers_of
from streams.bus.letter import Letter
from streams.bus.producer import DeliveryError, RawProducer
from streams.cli.steps import Report, steps
from streams.settings import Settings, SettingsError, load_settings
from streams.sources.lines import UnreadableFileError, merged_lines, read_lines
from streams.sources.replay import replay
from streams.topics import API_EVENTS, DEAD_LETTERS

REPORT_LINES = 1000


class Speed(click.ParamType):
    """A factor of event time: `max`, or a number above 0."""

    name = "1|max|N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float | None:
        """Return the factor; None for `max`."""
        if value == "max":
            return None
        try:
            factor = float(str(value))
        except ValueError:
            factor = 0.0
        if not 0 < factor < float("inf"):
            self.fail(f"{value!r} is neither max nor a number above 0", param, ctx)
        return factor


@click.command(name="replay")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--speed", type=Speed(), default="max", show_default=True, help="1 is as it happened, 10 ten times that.")
@click.option("--raw", is_flag=True, help="FILES are raw logs with messages; sketch them first.")
def command(files: tuple[Path, ...], speed: float | None, *, raw: bool) -> None:
    """Produce the events of FILES into a running bus, in event time.

    FILES are API events as NDJSON, plain, .gz or .zst; - is standard input. Several are merged by time, and of each
    10,000 lines are held back to put them in order. A line that is no event goes to the bus as well, and ends among the
    dead letters; a raw log that is none leaves only the reason.

    \b
    Example:
      STILLWATCH_KAFKA=kafka-1:9092 stillwatch replay monday.ndjson.zst --speed 60
    """  # noqa: D301
    settings = load_settings()
    for file in files:
        if str(file) != "-" and not file.is_file():
            raise click.UsageError(f"FILES: {file} does not exist")
    if settings.kafka_embedded:
        raise SettingsError("kafka is 'embedded', which has no running bus: set STILLWATCH_KAFKA to its servers")
    if raw:
        settings.required_sketch_keys()
    try:
        with steps(Console(stderr=True), {"replay": "Replaying"}) as report:
            Replay(settings, files, report).run(speed, raw=raw)
    except (TopicError, DeliveryError, UnreadableFileError) as error:
        raise click.ClickException(str(error)) from error


class Replay:
    """One run of the command.

    Args:
        settings: Names the servers, the topics and the key.
        files: What to read.
        report: Called with the share of the files that is read.
    """

    def __init__(self, settings: Settings, files: tuple[Path, ...], report: Report) -> None:
        self._settings = settings
        self._files = files
        self._report = report
        self._size = sum(path.stat().st_size for path in files) if all(path.is_file() for path in files) else 0
        self._read = self._refused = 0

    def run(self, speed: float | None, *, raw: bool) -> None:
        """Produce everything and print what was done."""
        topic = self._settings.topic_prefix + API_EVENTS
        topic_ends(brokers_of(self._settings), topic)  # raises when it is not there, where a producer would wait for it
        began = time.monotonic()
        with RawProducer(brokers_of(self._settings)) as producer:
            lines = self._sketched(producer) if raw else read_lines(self._files, self._advance)
            sent = replay(self._reported(lines), producer, topic, speed=speed)
        self._report("replay", 1.0)
        self._show(sent, time.monotonic() - began)

    def _sketched(self, producer: RawProducer) -> Iterator[bytes]:
        from models.rawlog import MAX_RAW_BYTES, RawLogs  # compiles the sketch, which events do not need
        from models.sketch import Sketcher
        from streams.sources.raw import sketched_lines

        def refuse(letter: Letter) -> None:
            producer.send(self._settings.topic_prefix + DEAD_LETTERS, letter.encode())
            self._refused += 1

        lines = merged_lines(self._files, self._advance, MAX_RAW_BYTES + 1)
        return sketched_lines(lines, RawLogs(Sketcher(*self._settings.required_sketch_keys().reveal())), refuse)

    def _advance(self, more: int) -> None:
        self._read += more

    def _reported(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        for number, line in enumerate(lines):
            if number % REPORT_LINES == 0:
                self._report("replay", min(self._read / self._size, 1.0) if self._size else None)
            yield line

    def _show(self, sent: int, seconds: float) -> None:
        table = Table(title="Replayed", title_justify="left")
        for column in ("events", "refused", "seconds", "events/s"):
            table.add_column(column, justify="right")
        table.add_row(f"{sent:,}", f"{self._refused:,}", f"{seconds:.1f}", f"{sent / max(seconds, 1e-9):,.0f}")
        Console().print(table)
