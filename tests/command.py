"""The `stillwatch` command as its users run it: a process with arguments, settings and files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson

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


def rows(path: Path) -> list[dict[str, Any]]:
    """The objects of an NDJSON file."""
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def ask(store: Path, sql: str) -> list[dict[str, Any]]:
    """What `stillwatch sql` answers."""
    answer = stillwatch("sql", "--store", store, "--format", "jsonl", sql)
    return [orjson.loads(line) for line in answer.stdout.splitlines()]
