"""What the settings say of who may ask the endpoint of `up`, and how."""

from __future__ import annotations

import ssl

from streams.settings import Settings
from streams.settings.loopback import is_loopback
from streams.store.access import Access
from streams.store.errors import StoreError


def access_of(settings: Settings) -> Access:
    """Return who may ask: everybody on this machine, or who has the token."""
    token = settings.http_token
    return Access(
        token=None if token is None else token.reveal().decode("utf-8", "surrogateescape"),
        reading_only=True,
        names=not is_loopback(settings.http_host),
    )


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """Return how to answer over TLS; None: not.

    Raises:
        StoreError: The certificate or its key cannot be used.
    """
    if settings.http_certificate_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.http_certificate_file, settings.http_key_file)
    except (OSError, ssl.SSLError) as error:
        raise StoreError(
            f"http_certificate_file = {str(settings.http_certificate_file)!r} and http_key_file ="
            f" {str(settings.http_key_file)!r} cannot be used: {error}; both are PEM, and the key has no password"
        ) from None
    return context
