"""A request of ClickHouse's HTTP protocol, read: which statement, which parameters, which settings.

https://clickhouse.com/docs/interfaces/http is the reference; what is silently ignored here is what has no meaning
on one machine (quotas, roles, progress headers) or what only asks for an answer sooner than it is complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from multidict import MultiMapping

from streams.store.refusals import NOT_IMPLEMENTED, SYNTAX_ERROR, refuse
from streams.store.sessions import DEFAULT_TIMEOUT_SECONDS
from streams.store.statement import Statement, parse

PARAMETER = "param_"
# Part of the protocol and not settings of the engine, or settings that concern only the way of the answer.
_TRANSPORT = frozenset(
    (
        "add_http_cors_header",
        "buffer_size",
        "cancel_http_readonly_queries_on_client_close",
        "client_protocol_version",
        "compress",
        "database",
        "decompress",
        "default_format",
        "enable_http_compression",
        "http_headers_progress_interval_ms",
        "http_zlib_compression_level",
        "password",
        "query",
        "query_id",
        "quota_key",
        "readonly",
        "role",
        "send_progress_in_http_headers",
        "session_check",
        "session_id",
        "session_timeout",
        "stacktrace",
        "user",
        "wait_end_of_query",
    )
)


@dataclass(frozen=True, slots=True)
class StoreRequest:
    """What somebody asks of the engine.

    Attributes:
        statement: The statement, taken apart.
        output: Format of the answer where the statement names none.
        params: Values for `{name:Type}` in the statement, escaped as in TabSeparated.
        settings: Settings of the engine for this request.
        database: Where unqualified names are looked up; None: where the session says.
        query_id: Given by the caller or made up, for the caller to recognise.
        session: Name of the session; None: none.
        session_timeout: Seconds for which the session is kept.
        session_check: Whether the session has to exist.
        read_only: Whether nothing may be changed.
    """

    statement: Statement
    output: str
    params: Mapping[str, str]
    settings: Mapping[str, str]
    database: str | None
    query_id: str
    session: str | None
    session_timeout: float
    session_check: bool
    read_only: bool


def read(query: MultiMapping[str], headers: Mapping[str, str], body: bytes, *, read_only: bool) -> StoreRequest:
    """Return the request.

    Args:
        query: Fields of the URL and of a form.
        headers: Headers of the request.
        body: Body, unpacked; it continues the statement of the URL.
        read_only: Whether the method only reads.

    Raises:
        EngineError: It asks for what the endpoint does not do.
    """
    if query.get("decompress", "0") != "0" or query.get("compress", "0") != "0":
        raise refuse(NOT_IMPLEMENTED, "compress= and decompress= are not supported; use Content-Encoding")
    sql = query.get("query", "").encode("utf-8", "surrogateescape")
    statement = parse(sql + b"\n" + body if sql and body else sql or body)
    _refuse_unsafe(statement)
    return StoreRequest(
        statement,
        query.get("default_format") or headers.get("X-ClickHouse-Format") or "TabSeparated",
        {name.removeprefix(PARAMETER): value for name, value in query.items() if name.startswith(PARAMETER)},
        {name: value for name, value in query.items() if name not in _TRANSPORT and not name.startswith(PARAMETER)},
        query.get("database") or headers.get("X-ClickHouse-Database"),
        query.get("query_id") or str(uuid4()),
        query.get("session_id") or None,
        _seconds(query.get("session_timeout")),
        query.get("session_check") == "1",
        read_only or query.get("readonly", "0") != "0",
    )


def _refuse_unsafe(statement: Statement) -> None:
    if statement.several:
        raise refuse(SYNTAX_ERROR, "Syntax error (Multi-statements are not allowed): send one statement")
    if statement.touches_files:
        raise refuse(NOT_IMPLEMENTED, "INTO OUTFILE and FROM INFILE are not allowed over HTTP")


def _seconds(text: str | None) -> float:
    if text is None:
        return DEFAULT_TIMEOUT_SECONDS
    if not text.isdecimal():
        raise refuse((36, "BAD_ARGUMENTS"), f"session_timeout = {text!r} is not a number of seconds")
    return float(text)
