"""What the package index says of the pins today: whether it has them with these hashes, and has withdrawn none."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from os import environ
from pathlib import Path
from typing import NamedTuple

from tests.supply.lock import Lock

_YANKED = re.compile(r"^warning: `(\S+)==(\S+)` is yanked(?: \(reason: \x22?(.*?)\x22?\))?$", re.MULTILINE)


class Answer(NamedTuple):
    """What the index said.

    Attributes:
        silent: Why it said nothing; None: it answered.
        problems: Pins that it withdrew, or that have other hashes there, in words.
    """

    silent: str | None
    problems: tuple[str, ...] = ()


def ask_index(lock: Lock, environment: Mapping[str, str] = environ) -> Answer:
    """Return what the index, the one that `make lock` asks, says of each pin of `lock`.

    Files that were added to a release after it was locked are no problem: hashes that are locked and gone are.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "today.lock"
        command = [
            sys.executable,
            "-m",
            "uv",
            "pip",
            "compile",
            str(lock.path),
            "--no-deps",
            "--universal",
            "--refresh",
        ]
        command += ["--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-annotate"]
        command += ["--no-header", "--color", "never", "--output-file", str(out)]
        done = subprocess.run(command, capture_output=True, text=True, env=dict(environment), check=False)
        if done.returncode:
            said = " ".join(done.stderr.split())[:300] or f"uv ended with {done.returncode}"
            # "No solution" is the index's own word: it has the pin no more.
            return Answer(None, (said,)) if "No solution found" in said else Answer(said)
        today = Lock(out).hashes
    problems = [f"{name} {version} was withdrawn: {why or 'no reason given'}" for name, version, why in
                _YANKED.findall(done.stderr)]  # fmt: skip
    for (name, version), hashes in lock.hashes.items():
        if not hashes or not hashes <= today.get((name, version), set()):
            problems.append(f"{name} {version} has other hashes in the index than in {lock.path.name}")
    return Answer(None, tuple(sorted(set(problems))))
