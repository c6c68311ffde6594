"""The ClickHouse of a chaos run: the embedded engine in a process of its own, answering over HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVE = Path(__file__).parents[1] / "streams" / "stack" / "serve_store.py"


@contextmanager
def serving(directory: Path) -> Iterator[str]:
    """Serve a new store in `directory`; gives the URL."""
    process = subprocess.Popen(
        [sys.executable, str(SERVE), str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://"), f"the store did not start: {url!r}"
        yield url
    finally:
        process.communicate()
