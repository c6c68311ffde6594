"""A ClickHouse in a process of its own, so that its work is not the worker's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVE = Path(__file__).parents[1] / "streams" / "stack" / "serve_store.py"


@contextmanager
def serving_store(directory: Path) -> Iterator[str]:
    """Run an embedded store on `directory` behind HTTP and yield its URL."""
    command = [sys.executable, str(SERVE), str(directory)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError("the store did not start; its error is above")
        yield url
        process.stdin.close()
