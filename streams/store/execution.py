"""Runs requests on the engine, on whatever thread it is called from."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from streams.store.embedded import EmbeddedStore
from streams.store.infile import infile
from streams.store.refusals import READONLY, refuse
from streams.store.request import StoreRequest
from streams.store.rights import SET_ROLES, check_rights
from streams.store.sessions import EngineResult, Handle, Sessions, literal

if TYPE_CHECKING:
    from chdb.state.sqlitelike import Connection

# A result is held in memory, beside the pipeline. Who wants more than this reads it in parts, or raises the setting.
MAX_RESULT_BYTES = 1 << 30
# What one statement may take unless it says otherwise: a slip must not take the machine from the worker on it.
LIMITS = {"max_execution_time": 600, "max_memory_usage": 8 << 30}


class Answer(NamedTuple):
    """What a statement gave.

    Attributes:
        body: The result in `format`.
        format: Format of the result; None where the statement has no result.
        summary: ClickHouse's summary: counts of rows and bytes as text.
    """

    body: bytes
    format: str | None
    summary: dict[str, str]


class Executor:
    """Runs requests; thread-safe.

    Args:
        store: The engine.
        reading_only: Whether to do no more than callers may who are no operators.
    """

    def __init__(self, store: EmbeddedStore, *, reading_only: bool = False) -> None:
        self._reading_only = reading_only
        # A server takes `1 + 1` for a syntax error; the engine in a process would select it.
        connect = partial(store.connection, implicit_select=0, max_result_bytes=MAX_RESULT_BYTES, **LIMITS)
        self._sessions = Sessions((lambda: _restricted(connect())) if reading_only else connect)

    def run(self, request: StoreRequest) -> Answer:
        """Return the answer to `request`.

        Raises:
            EngineError: The engine, or the session, refused it.
        """
        if self._reading_only:
            check_rights(request.statement)
        with self._handle(request) as handle:
            _prepare(handle, request)
            if request.statement.input_format is not None:
                return _insert(handle, request, request.statement.input_format)
            return _query(handle, request)

    def cancel(self) -> None:
        """Ask every statement that runs to stop; they fail with QUERY_WAS_CANCELLED."""
        with self._sessions.fresh() as handle:
            handle.run("KILL QUERY WHERE query_id != queryID() ASYNC")

    def close(self) -> None:
        """End every session."""
        self._sessions.close()

    def _handle(self, request: StoreRequest) -> AbstractContextManager[Handle]:
        if request.session is None:
            return self._sessions.fresh()
        return self._sessions.named(request.session, timeout=request.session_timeout, must_exist=request.session_check)


def _restricted(connection: Connection) -> Connection:
    """Take the roles of operators off a connection."""
    Handle(connection).run(SET_ROLES)
    return connection


def _prepare(handle: Handle, request: StoreRequest) -> None:
    kind = request.statement.kind
    if request.session is not None and request.read_only and not request.statement.reads_only:
        # The engine's own `readonly` could not be taken back for the next request of the session.
        raise refuse(READONLY, "Cannot execute query in readonly mode. For queries over HTTP, use POST")
    # What a SET sets is the session's, so nothing of the request may lie over it.
    settings = {} if kind == "SET" else dict(request.settings)
    if request.session is None and request.read_only:
        settings["readonly"] = "2"
    if request.database:
        handle.use(request.database)
    handle.settle(settings)


def _query(handle: Handle, request: StoreRequest) -> Answer:
    statement = request.statement
    result = handle.run(statement.text, request.output, request.params)
    body = result.bytes()
    output = (statement.output_format or request.output) if body or statement.has_rows else None
    return Answer(body, output, _summary(result, body))


def _insert(handle: Handle, request: StoreRequest, input_format: str) -> Answer:
    """Feed the data from a file, the one way on which chDB neither cuts it short nor hides that it was refused."""
    statement = request.statement
    with infile(statement.data) as path:
        sql = b"%b\nFROM INFILE %b COMPRESSION 'none'\n%b\nFORMAT %b" % (
            statement.text,
            literal(path).encode(),
            statement.input_settings,
            input_format.encode(),
        )
        return Answer(b"", None, _summary(handle.run(sql, params=request.params), b""))


def _summary(result: EngineResult, body: bytes) -> dict[str, str]:
    """Return ClickHouse's summary, whose numbers are text."""
    numbers = {
        "read_rows": result.storage_rows_read(),
        "read_bytes": result.storage_bytes_read(),
        "written_rows": result.rows_written(),
        "written_bytes": result.bytes_written(),
        "result_rows": result.rows_read(),
        "result_bytes": len(body),
        "elapsed_ns": int(result.elapsed() * 1e9),
    }
    return {name: str(number) for name, number in numbers.items()}
