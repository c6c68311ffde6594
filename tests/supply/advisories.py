"""What is publicly known against the pins, asked by pip-audit of one source after the other until one answers.

pip-audit leaves out what a source does not know and still ends well, so an index without advisories (a mirror has only
files) looks like a clean bill. Here a source has answered only when it knew at least one package.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from tests.supply.ignored import Ignored
from tests.supply.lock import Lock

SOURCES = (("the package index", ("--vulnerability-service", "pypi")), ("OSV", ("--vulnerability-service", "osv")))


class Finding(NamedTuple):
    """One vulnerability of one pin.

    Attributes:
        ids: Its name at the source, then aliases.
        fixed: Versions without it.
    """

    package: str
    version: str
    ids: tuple[str, ...]
    fixed: tuple[str, ...]

    def __str__(self) -> str:
        cure = f"fixed in {', '.join(self.fixed)}" if self.fixed else "no version without it yet"
        return f"{self.package} {self.version}: {' = '.join(self.ids)}; {cure}"


class Answer(NamedTuple):
    """What a source said.

    Attributes:
        source: Its name; None: none answered.
        known: Pins that it knows.
        findings: Vulnerabilities.
        silent: For each source that did not answer, why.
    """

    source: str | None
    known: int
    findings: tuple[Finding, ...]
    silent: tuple[str, ...]


def ask_sources(lock: Lock, sources: Sequence[tuple[str, Sequence[str]]] = SOURCES) -> Answer:
    """Return what the first source that answers knows against the pins of this platform in `lock`."""
    silent = []
    for name, arguments in sources:
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock.path), "--require-hashes"]
        command += ["--disable-pip", "--progress-spinner", "off", "--timeout", "20", "--format", "json", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            pins = json.loads(done.stdout)["dependencies"]
        except ValueError:
            silent.append(f"{name}: {_last_line(done.stderr)}")
            continue
        known = [pin for pin in pins if "skip_reason" not in pin]
        if known:
            findings = [
                Finding(pin["name"], pin["version"], (one["id"], *one["aliases"]), tuple(one["fix_versions"]))
                for pin in known
                for one in pin["vulns"]
            ]
            return Answer(name, len(known), tuple(findings), tuple(silent))
        silent.append(f"{name}: it has no advisories on any of {len(pins)} packages")
    return Answer(None, 0, (), tuple(silent))


def weigh(findings: Sequence[Finding], ignored: Sequence[Ignored], today: date) -> list[str]:
    """Return what stands against a change: findings that nobody let pass, and entries that no longer hold."""
    ended = [one for one in ignored if one.until < today]
    idle = [one for one in ignored if not any(_covers(one, finding) for finding in findings)]
    open_ones = [finding for finding in findings if not any(_covers(one, finding) for one in ignored)]
    return [
        *(f"{one.package}: {one.id} was let pass until {one.until}" for one in ended),
        *(f"{one.package}: {one.id} is no longer reported: take it out of ignored.toml" for one in idle),
        *map(str, open_ones),
    ]


def _covers(one: Ignored, finding: Finding) -> bool:
    return one.package == finding.package and one.id in finding.ids


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:300] if lines else "no word"
