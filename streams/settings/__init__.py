"""What a user can set: environment variables over `stillwatch.toml` over defaults.

>>> load_settings(environ={"STILLWATCH_PARTITIONS": "8"}).partitions
8
"""

from __future__ import annotations

from streams.settings.errors import SettingsError
from streams.settings.loading import load_settings
from streams.settings.model import EMBEDDED, Settings
from streams.settings.secret import Secret, redact

__all__ = ["EMBEDDED", "Secret", "Settings", "SettingsError", "load_settings", "redact"]
