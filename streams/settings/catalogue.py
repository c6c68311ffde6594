"""The list of all settings, read off the structs that hold them."""

from __future__ import annotations

from functools import cache
from typing import Any, get_type_hints

import msgspec
from msgspec import inspect as types

from models.policy import Policy
from models.typedoc import allowed_by, attributes_of
from streams.settings.model import Settings

PREFIX = "STILLWATCH_"
CONFIG_VARIABLE = "STILLWATCH_CONFIG"
SECTIONS: dict[str, type[msgspec.Struct]] = {"": Settings, "detection": Policy}


class Setting(msgspec.Struct, frozen=True):
    """One setting.

    Attributes:
        section: Table of `stillwatch.toml` that holds it; empty for the top level.
        name: Field of the struct, and key of the table.
        description: What it means.
        default: What holds when it is not set, in words.
        allowed: Which values are allowed, in words.
        type: The annotation, for `msgspec.convert`.
    """

    section: str
    name: str
    description: str
    default: str
    allowed: str
    type: Any

    @property
    def key(self) -> str:
        """Return the name in `stillwatch.toml`, with its table."""
        return f"{self.section}.{self.name}" if self.section else self.name

    @property
    def variable(self) -> str:
        """Return the name of the environment variable.

        >>> catalogue()["detection.min_accounts"].variable
        'STILLWATCH_DETECTION_MIN_ACCOUNTS'
        """
        return PREFIX + self.key.replace(".", "_").upper()


@cache
def catalogue() -> dict[str, Setting]:
    """Return every setting by its key, in the order of the structs."""
    settings = (setting for section, struct in SECTIONS.items() for setting in _settings_of(section, struct))
    return {setting.key: setting for setting in settings}


def _settings_of(section: str, struct: type[msgspec.Struct]) -> list[Setting]:
    meanings = attributes_of(struct)
    hints = get_type_hints(struct, include_extras=True)
    info = types.type_info(struct)
    assert isinstance(info, types.StructType)
    return [
        Setting(
            section,
            field.name,
            meanings.get(field.name, ""),
            _extra(field.type).get("default") or _written(field.default),
            allowed_by(field.type),
            hints[field.name],
        )
        for field in info.fields
        if field.name not in SECTIONS
    ]


def _extra(kind: types.Type) -> dict[str, str]:
    return (kind.extra or {}) if isinstance(kind, types.Metadata) else {}


def _written(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return str(default)
