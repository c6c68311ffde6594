"""Settings that are refused together: what would show a secret to others, let others in, or could not work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streams.settings.errors import SettingsError
from streams.settings.loopback import is_loopback


def check_security(values: Mapping[str, Any]) -> None:
    """Check what is set; what is not there has its default.

    Raises:
        SettingsError: Something is refused; the message says what to set.
    """
    _check_kafka(values)
    _check_http(values)
    _check_sketch(values)


def _check_kafka(values: Mapping[str, Any]) -> None:
    mechanism = values.get("kafka_mechanism", "none")
    if mechanism == "PLAIN" and values.get("kafka_protocol") != "tls":
        raise SettingsError("kafka_mechanism = 'PLAIN' sends the password as it is: set kafka_protocol = 'tls' as well")
    if mechanism != "none" and not (values.get("kafka_user") and values.get("kafka_password")):
        raise SettingsError(
            f"kafka_mechanism = {mechanism!r} needs kafka_user, and STILLWATCH_KAFKA_PASSWORD or kafka_password_file"
        )


def _check_http(values: Mapping[str, Any]) -> None:
    host = values.get("http_host")
    if host is not None and not is_loopback(host) and values.get("http_token") is None:
        raise SettingsError(
            f"http_host = {host!r} can be reached from other machines, and http_token is not set: put at least 16"
            " random bytes in STILLWATCH_HTTP_TOKEN, or in a file and its path in http_token_file; or set"
            " http_host = '127.0.0.1'"
        )
    if ("http_certificate_file" in values) != ("http_key_file" in values):
        raise SettingsError("http_certificate_file and http_key_file belong together: set both, or neither")


def _check_sketch(values: Mapping[str, Any]) -> None:
    previous = values.get("sketch_key_previous")
    if previous is not None and values.get("sketch_key") is None:
        raise SettingsError("sketch_key_previous is set and sketch_key is not: set the new key as sketch_key")
    if previous is not None and previous == values.get("sketch_key"):
        raise SettingsError("sketch_key_previous is the same as sketch_key: set another sketch_key, or take it out")
