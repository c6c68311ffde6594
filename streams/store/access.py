"""Who may ask the endpoint and the console, and as whom; never a foreign web page.

On loopback whoever is on this machine may ask, and has to carry the token where one is set. Where other machines can
reach the address, there is always a token. Either way a caller reads and says what it found (`streams.store.rights`);
only who can read the store's directory, and so the key in it, is an operator.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from streams.settings.loopback import is_loopback
from streams.store.refusals import ACCESS_DENIED, AUTHENTICATION_FAILED, refuse


@dataclass(frozen=True, slots=True)
class Access:
    """What a request has to carry.

    Attributes:
        token: Of everybody; None: callers on this machine need none.
        reading_only: Whether those who carry it may read and label, and nothing else.
        operator_key: Of those who may do everything; made up anew each time.
        names: Whether the endpoint goes by other names than this machine's loopback has.
    """

    token: str | None = field(default=None, repr=False)
    reading_only: bool = False
    operator_key: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    names: bool = False

    def admit(self, headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
        """Return whether the caller may do everything.

        Args:
            headers: Of the request.
            query: Fields of its URL.

        Raises:
            EngineError: It is a page of another origin, or the token is missing or another.
        """
        check_caller(headers, names=self.names)
        given = given_password(headers, query)
        if _equal(given, self.operator_key):
            return True
        if self.token is not None and not _equal(given, self.token):
            raise refuse(AUTHENTICATION_FAILED, "Authentication failed: password is incorrect")
        return not self.reading_only


def check_caller(headers: Mapping[str, str], *, names: bool = False) -> None:
    """Refuse what a web page of another origin makes a browser send, which comes from this machine as well.

    Args:
        headers: Of the request.
        names: Whether the endpoint has names that are not known here. A page that took one of them (DNS rebinding)
            has another origin than the console, and so no token.

    Raises:
        EngineError: The request was made for another origin, or to a name that is not this machine's.
    """
    host, origin = headers.get("Host"), headers.get("Origin")
    foreign = headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    if origin is not None:
        page = _split(origin)
        foreign |= page.netloc != host and (names or not is_loopback(page.hostname))
    if not names and host is not None and not is_loopback(_split(f"//{host}").hostname):
        foreign = True
    if foreign:
        raise refuse(ACCESS_DENIED, "this endpoint answers programs and its own pages, not pages of another origin")


def given_password(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Return the password of a request, from any of the places where a server looks for it."""
    return headers.get("X-ClickHouse-Key") or _basic(headers.get("Authorization", "")) or query.get("password", "")


def _equal(given: str, expected: str) -> bool:
    """Compare in a time that says nothing about where they differ. Headers may hold what is no text."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


def _split(url: str) -> SplitResult:
    """Return the parts of a URL, all empty where it is none."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _basic(authorization: str) -> str:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
