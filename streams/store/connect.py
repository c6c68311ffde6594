"""Clients for a ClickHouse that is reached over HTTP."""

from __future__ import annotations

import logging
from urllib.parse import parse_qs, unquote, urlencode, urlsplit, urlunsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from streams.settings import redact
from streams.store.errors import StoreError, reason_of

DATABASE = "stillwatch"
SCHEMES = {"clickhouse": "http", "clickhouses": "https", "http": "http", "https": "https"}
_TRUE = ("1", "true", "yes", "on")

# The driver logs what it raises as well. Without a handler of the program's, Python would print that.
logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())


def connect(dsn: str, *, use_database: bool = True, answer_seconds: int = 300) -> Client:
    """Return a client for the ClickHouse at `dsn`, after a first exchange with it.

    A client serves one query at a time: give each thread its own. Options after `?` are those of
    `clickhouse_connect.get_client`, such as `compress=false` or `send_receive_timeout=60`.

    Args:
        dsn: `clickhouse://user:password@host:port/database?secure=true`; also `http://` and `https://`. Without a
            database, unqualified names are looked up in `stillwatch`.
        use_database: Whether to look up unqualified names in a database at all; not, before it exists.
        answer_seconds: Longest silence of the server before that is an error.

    Raises:
        StoreError: The DSN cannot be read, or nobody answers there. The message holds no password.
    """
    interface, plain = _without_tls(dsn)
    try:
        client = clickhouse_connect.get_client(
            dsn=plain,
            interface=interface,
            # A session would bind all queries of a client to one replica, for temporary tables nobody makes here.
            autogenerate_session_id=False,
            send_receive_timeout=answer_seconds,
        )
    except (ClickHouseError, TypeError, ValueError) as error:
        # Not chained: the causes quote the parts of the DSN that they could not read.
        raise StoreError(_explain(dsn, error)) from None
    client.database = (urlsplit(dsn).path.strip("/") or DATABASE) if use_database else None
    return client


def _without_tls(dsn: str) -> tuple[str, str]:
    """Split a DSN into the interface and what clickhouse-connect reads from a DSN.

    Its own parser knows neither `https://` nor `secure=`; and with a database in the path, its first exchange fails
    before that database was created.
    """
    try:
        parts = urlsplit(dsn)
        _ = parts.port
    except ValueError:
        raise StoreError(
            f"the ClickHouse DSN {redact(dsn)!r} cannot be read: percent-encode what is special in the password,"
            " and give the port as a number"
        ) from None
    if parts.scheme not in SCHEMES:
        raise StoreError(
            f"the ClickHouse DSN {redact(dsn)!r} starts with {parts.scheme or 'nothing'!r}://; use one of"
            f" {', '.join(f'{scheme}://' for scheme in SCHEMES)}"
        )
    options = parse_qs(parts.query, keep_blank_values=True)
    secure = options.pop("secure", ["false"])[-1].lower() in _TRUE
    interface = "https" if secure else SCHEMES[parts.scheme]
    return interface, urlunsplit(parts._replace(path="", query=urlencode(options, doseq=True)))


def _explain(dsn: str, error: Exception) -> str:
    words = (
        f"ClickHouse at {redact(dsn)} cannot be used: {reason_of(error)};"
        " see STILLWATCH_CLICKHOUSE and `stillwatch doctor`"
    )
    password = urlsplit(dsn).password or ""
    for secret in {password, unquote(password)} - {""}:
        words = words.replace(secret, "***")  # options of the DSN may repeat it, and reasons quote them
    return words
