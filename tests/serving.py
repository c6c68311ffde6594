"""A ClickHouse for others to use: the embedded engine in a process of its own, answering over HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVE = Path(__file__).parent / "streams" / "stack" / "serve_store.py"


@contextmanager
def serving(directory: Path) -> Iterator[str]:
    """Serve the store in `directory`, which is made where there is none; gives the URL. The process must end well."""
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
    assert process.returncode == 0
