"""Values that must never be printed, and texts that may contain one."""

from __future__ import annotations

import hmac
import re
from typing import NoReturn

MIN_KEY_BYTES = 16

# What is between `user:` and the last `@`, and options that carry one. Forgiving, because it also runs over
# values that were refused for not being a DSN.
_PASSWORD = re.compile(r"((?:^|//)[^:/@]*:(?!//)).*@|((?:^|[?&;])(?:password|access_token)=)[^&;]*", re.IGNORECASE)


class Secret:
    """Bytes that show as `***` wherever they are printed, formatted, logged or serialised by accident.

    Raises:
        ValueError: There are fewer than `MIN_KEY_BYTES` bytes.

    >>> key = Secret("correct horse battery staple")
    >>> key, f"{key}", len(key.reveal())
    (***, '***', 28)
    """

    __slots__ = ("_value",)
    least = MIN_KEY_BYTES

    def __init__(self, value: str | bytes) -> None:
        encoded = value.encode() if isinstance(value, str) else value
        if len(encoded) < self.least:
            raise ValueError(f"a secret has at least {self.least} bytes")
        self._value = encoded

    def reveal(self) -> bytes:
        """Return the bytes themselves, for the one place that computes with them."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not serialised: hand over the setting's name and load it again")


class Password(Secret):
    """A secret that somebody else has chosen, so that it may be short.

    >>> Password("hunter2")
    ***
    """

    __slots__ = ()
    least = 1


def redact(text: str) -> str:
    """Return `text` with the password of any DSN in it replaced by `***`.

    >>> redact("clickhouse://analyst:hunter2@db:8123/stillwatch?compress=1")
    'clickhouse://analyst:***@db:8123/stillwatch?compress=1'
    """
    return _PASSWORD.sub(lambda found: f"{found[1]}***@" if found[1] else f"{found[2]}***", text)
