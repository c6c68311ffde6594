"""A disk of its own that a test can fill: a tmpfs, on Linux, for those who may mount one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest


@dataclass(frozen=True)
class SmallDisk:
    """A disk, and what fills it beside what is tested."""

    path: Path

    def fill(self, leave: int = 0) -> None:
        """Take all bytes but about `leave`, whoever else takes some meanwhile."""
        free = os.statvfs(self.path)
        with (self.path / "filling").open("wb", buffering=0) as file:
            file.write(bytes(max(0, free.f_bavail * free.f_frsize - leave)))  # no more than there are

    def take_files(self) -> None:
        """Take all that can be made of files."""
        folder = self.path / "files"
        try:
            folder.mkdir()
            for number in count():
                (folder / str(number)).touch()
        except OSError:
            return

    def make_room(self) -> None:
        """Give all of it back."""
        (self.path / "filling").unlink(missing_ok=True)
        shutil.rmtree(self.path / "files", ignore_errors=True)


@contextmanager
def small_disk(place: Path, size: str, *, files: int = 100_000) -> Iterator[SmallDisk]:
    """Give a disk of `size` (as `mount` writes it) and at most so many files at `place`; skips who may not mount."""
    place.mkdir()
    options = f"size={size},nr_inodes={files}"
    try:
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True)
    except FileNotFoundError:
        pytest.skip("a disk of its own needs `mount`")
    if made.returncode:
        pytest.skip(f"a disk of its own needs the right to mount a tmpfs: {made.stderr.decode().strip()}")
    try:
        yield SmallDisk(place)
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
