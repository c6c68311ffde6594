"""The bill of materials: CycloneDX JSON of a lock file, checked against its schema as it is written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.supply.lock import ROOT, Lock


class BillError(RuntimeError):
    """There is no valid bill of materials; the message says why."""


def write_bill(lock: Lock, out: Path) -> int:
    """Write the bill of `lock` to `out`; return how many components it lists: every pin, with its hashes.

    Raises:
        BillError: It does not fit the schema, or leaves out a pin.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", str(lock.path), "--validate"]
    command += ["--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible", "--of", "JSON", "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BillError(f"{out.name}: {done.stderr.strip()[-500:]}")
    listed = {(one["name"], one["version"]): _hashes(one) for one in json.loads(out.read_text())["components"]}
    if listed != lock.hashes:
        apart = sorted({name for name, *_ in (*(listed.keys() ^ lock.hashes.keys()), *_unequal(listed, lock.hashes))})
        raise BillError(f"{out.name} and {lock.path.name} differ in {apart}")
    return len(listed)


def _unequal(one: dict[tuple[str, str], set[str]], other: dict[tuple[str, str], set[str]]) -> list[tuple[str, str]]:
    return [pin for pin in one.keys() & other.keys() if one[pin] != other[pin]]


def _hashes(component: dict[str, list[dict[str, list[dict[str, str]]]]]) -> set[str]:
    return {one["content"] for reference in component["externalReferences"] for one in reference["hashes"]}
