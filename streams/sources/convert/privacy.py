"""What of a log may be in an event only as a keyed hash, or not at all."""

from __future__ import annotations

import hashlib
import ipaddress
import re

_PRODUCT = re.compile(r"[\w.@+-]+(?:/[\w.+-]+)*", re.ASCII)
_PRODUCT_LENGTH = 64


def network(address: object, key: bytes) -> str | None:
    """Return the keyed hash of an address's /24 (IPv4) or /48 (IPv6), 16 hexadecimal digits; None for no address.

    >>> network("192.0.2.7", bytes(16)) == network("192.0.2.99", bytes(16)) != network("192.0.3.7", bytes(16))
    True
    """
    try:
        parsed = ipaddress.ip_address(address if isinstance(address, str) else "")
    except ValueError:
        return None
    prefix = 24 if parsed.version == 4 else 48
    part = ipaddress.ip_network(f"{parsed}/{prefix}", strict=False) if "%" not in str(parsed) else None
    return None if part is None else hashlib.blake2b(str(part).encode(), key=_derived(key), digest_size=8).hexdigest()


def product(user_agent: object) -> str | None:
    """Return the name and version that a user agent begins with: public, and the same for all who use it.

    >>> product("claude-cli/1.0.3 (external, cli)")
    'claude-cli/1.0.3'
    """
    found = _PRODUCT.match(user_agent) if isinstance(user_agent, str) else None
    return found[0][:_PRODUCT_LENGTH] if found else None


def shortened(identifier: object, length: int) -> object:
    """Return an identifier, or its hash where it is longer than the contract allows; it stays unique."""
    if isinstance(identifier, str) and len(identifier) > length:
        return hashlib.blake2b(identifier.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return identifier


def _derived(key: bytes) -> bytes:
    # BLAKE2b takes 64 bytes; a key for this purpose alone, so that hashes of networks tell nothing about template keys.
    return hashlib.blake2b(key, digest_size=32, person=b"network").digest()
