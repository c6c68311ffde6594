"""The `stillwatch` command as its users run it: a process with arguments, settings and files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from tests.streams.bus.waiting import until

STILLWATCH = Path(sys.executable).with_name("stillwatch")
SECONDS = 300.0  # for what takes ten, on a machine that does other things as well


def environment(**settings: str) -> dict[str, str]:
    """The environment with these settings and no others: `kafka="..."` is STILLWATCH_KAFKA."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STILLWATCH_")}
    return kept | {f"STILLWATCH_{name.upper()}": value for name, value in settings.items()}


def stillwatch(
    *arguments: object, check: bool = True, seconds: float = SECONDS, cwd: Path | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; where it has to succeed, what it said is in the failure."""
    done = subprocess.run(
        [STILLWATCH, *map(str, arguments)],
        env=environment(**settings),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=seconds,
        check=False,
        cwd=cwd,
    )
    assert not check or done.returncode == 0, f"{done.args} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done


class Started:
    """The command while it runs.

    Attributes:
        process: Its process; standard input is a pipe.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path, marker: str) -> None:
        self.process = process
        self._log = log
        self._marker = marker.encode()

    @property
    def said(self) -> str:
        """What it printed so far, to both streams."""
        return self._log.read_text()

    def wait_for(self, words: str) -> str:
        """Wait until it has printed `words`; return the line they stand in."""
        until(lambda: words in self.said or self.process.poll() is not None, f"{words!r} is printed", SECONDS)
        assert words in self.said, self.said
        return next(line for line in self.said.splitlines() if words in line)

    def ends(self, seconds: float = 120.0) -> int:
        """Wait until it has ended; return its exit code."""
        return self.process.wait(seconds)

    def processes(self) -> set[int]:
        """The processes that it started and that are alive, itself included, wherever they have gone."""
        return {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and self._has(entry)}

    def _has(self, entry: Path) -> bool:
        try:
            return self._marker in (entry / "environ").read_bytes()
        except OSError:  # ended meanwhile, or somebody else's
            return False


@contextmanager
def started(folder: Path, *arguments: object, **settings: str) -> Iterator[Started]:
    """Run the command until the block ends, at the latest.

    Args:
        folder: For its output, and, in `tmp`, for its temporary files.
    """
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    marker = f"STARTED={uuid.uuid4()}"
    log = folder / "log.txt"
    # Whoever started the tests in the background ignores Ctrl-C, and processes inherit that, unless it is handled here.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                [STILLWATCH, *map(str, arguments)],
                env=environment(**settings) | {"STARTED": marker.partition("=")[2], "TMPDIR": str(folder / "tmp")},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        try:
            yield Started(process, log, marker)
        finally:
            if process.poll() is None:
                process.kill()


def rows(path: Path) -> list[dict[str, Any]]:
    """The objects of an NDJSON file."""
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def ask(store: Path, sql: str) -> list[dict[str, Any]]:
    """What `stillwatch sql` answers."""
    answer = stillwatch("sql", "--store", store, "--format", "jsonl", sql)
    return [orjson.loads(line) for line in answer.stdout.splitlines()]
