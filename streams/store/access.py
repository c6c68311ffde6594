"""Who may ask the endpoint: programs of this machine, with the password if there is one; never a foreign web page."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from streams.store.refusals import ACCESS_DENIED, AUTHENTICATION_FAILED, refuse


def is_loopback(host: str | None) -> bool:
    """Whether `host`, a name or an address, can only be this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host is None:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"


def check_caller(headers: Mapping[str, str]) -> None:
    """Refuse what a web page of another origin makes a browser send, which comes from this machine as well.

    Raises:
        EngineError: The request was made for another origin, or to a name that is not this machine's.
    """
    host, origin = headers.get("Host"), headers.get("Origin")
    foreign = headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    if origin is not None and not is_loopback(urlsplit(origin).hostname):
        foreign = True
    if foreign or (host is not None and not is_loopback(urlsplit(f"//{host}").hostname)):
        raise refuse(ACCESS_DENIED, "this endpoint answers programs of this machine, not pages of another origin")


def check_password(expected: str | None, query: Mapping[str, str], headers: Mapping[str, str]) -> None:
    """Refuse a request that does not carry the password, in any of the places where a server looks for it.

    Args:
        expected: The password; None: none is asked for.
        query: Fields of the URL.
        headers: Headers of the request.

    Raises:
        EngineError: The password is missing or another.
    """
    if expected is None:
        return
    given = headers.get("X-ClickHouse-Key") or _basic(headers.get("Authorization", "")) or query.get("password", "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise refuse(AUTHENTICATION_FAILED, "Authentication failed: password is incorrect")


def _basic(authorization: str) -> str:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
