"""A lock file: what it pins, and at which hashes."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNTIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"


class Lock:
    """One lock file.

    Attributes:
        text: The file.
        entries: A text a pin: name, version, marker, hashes, and who asks for it.
        versions: For each package its pinned versions, one a marker.
        direct: Packages that pyproject.toml asks for.
        hashes: For each name and version the SHA-256 hashes that its files may have.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text()
        self.entries = re.split(r"^(?=[a-z0-9])", self.text, flags=re.MULTILINE)[1:]
        self.versions: dict[str, list[str]] = {}
        self.direct: set[str] = set()
        self.hashes: dict[tuple[str, str], set[str]] = {}
        for entry in self.entries:
            package, version = re.match(r"([a-z0-9._-]+)==(\S+)", entry).groups()
            self.versions.setdefault(package, []).append(version)
            self.hashes[package, version] = set(re.findall(r"--hash=sha256:(\w+)", entry))
            if "pyproject.toml" in entry:
                self.direct.add(package)
