"""Vulnerabilities that were looked at and let pass, each with a reason and an end."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("ignored.toml")
MIN_REASON = 20


class Ignored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry.

    Attributes:
        id: As the source of advisories names it, or an alias (CVE, GHSA).
        package: In which one.
        reason: Why it does no harm here, in a sentence.
        until: The last day on which that counts.
    """

    id: str
    package: str
    reason: str
    until: date

    def __post_init__(self) -> None:
        if len(self.reason) < MIN_REASON:
            raise ValueError(f"the reason of {self.id} is {self.reason!r}: say why it does no harm here")


def read_ignored(file: Path = FILE) -> list[Ignored]:
    """Return the entries.

    Raises:
        msgspec.ValidationError: One does not have the fields it needs.
    """
    return msgspec.convert(tomllib.loads(file.read_text()).get("ignored", []), list[Ignored])
