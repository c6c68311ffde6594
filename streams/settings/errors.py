"""The error for settings that cannot be used."""

from __future__ import annotations


class SettingsError(ValueError):
    """Some settings are wrong; the message names each with its value, its origin and what is allowed."""
