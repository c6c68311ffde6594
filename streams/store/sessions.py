"""Connections to the engine for the requests of others, each with the settings that its request asked for.

Without a session, a request gets a connection of its own and leaves nothing behind; opening one takes 0.3 ms. A
session keeps one connection, and with it `USE`, `SET` and temporary tables, until nobody has used it for a while.
The settings of a request hold for that request only, as on a server; they stay in place as long as the next request
asks for the same.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import msgspec

from streams.store.refusals import SESSION_IS_LOCKED, SESSION_NOT_FOUND, from_engine, refuse

if TYPE_CHECKING:
    from chdb.state.sqlitelike import Connection

DEFAULT_TIMEOUT_SECONDS = 60.0
MAX_TIMEOUT_SECONDS = 3600.0
_NAME = re.compile(r"[A-Za-z_]\w*")


class EngineResult(Protocol):
    """What chDB gives back for a statement."""

    def bytes(self) -> bytes:
        """Return the result in the format that was asked for."""

    def elapsed(self) -> float:
        """Return seconds."""

    def rows_read(self) -> int:
        """Return the rows of the result."""

    def rows_written(self) -> int:
        """Return the rows that were inserted."""

    def bytes_written(self) -> int:
        """Return the bytes that were inserted."""

    def storage_rows_read(self) -> int:
        """Return the rows that were read to compute the result."""

    def storage_bytes_read(self) -> int:
        """Return the bytes that were read to compute the result."""


class _Setting(msgspec.Struct):
    name: str
    value: str
    changed: bool


@dataclass(slots=True)
class Handle:
    """A connection, and what of its session was set for the present request only.

    Attributes:
        connection: Runs one statement at a time.
        lent: Settings in force for the request: name to value.
        own: For each of those, the SQL literal that the session itself has.
        disposable: Whether there is no next request, so that nothing has to be undone. Looking up what to undo
            takes 5 ms.
    """

    connection: Connection
    lent: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    disposable: bool = False

    def run(
        self, sql: str | bytes, output: str = "TabSeparated", params: Mapping[str, str] | None = None
    ) -> EngineResult:
        """Return chDB's result of `sql`.

        Raises:
            EngineError: The engine refused it.
        """
        try:
            result: EngineResult = self.connection.query(sql, output, params=dict(params or {}))  # type: ignore[arg-type]
        except Exception as error:
            raise from_engine(error) from error
        return result

    def use(self, database: str) -> None:
        """Look up unqualified names in `database` from now on."""
        self.run(f"USE {_identifier(database)}")

    def settle(self, wanted: Mapping[str, str]) -> None:
        """Make `wanted` the settings of the request, and those of the one before undone.

        Raises:
            EngineError: A setting is not known, or not allowed.
        """
        stale = {name: self.own[name] for name in self.lent if name not in wanted}
        changed = {name: literal(value) for name, value in wanted.items() if self.lent.get(name) != value}
        if not self.disposable:
            self.own |= self._look_up([name for name in changed if name not in self.own])
        # Noted first: should the engine refuse one of them, all are set again next time.
        self.lent = dict.fromkeys(wanted, "")
        self._set(stale | changed)
        self.lent = dict(wanted)
        # Forgotten where not needed, since the session may change it with a SET of its own.
        self.own = {name: literal for name, literal in self.own.items() if name in wanted}

    def _set(self, literals: Mapping[str, str]) -> None:
        if literals:
            self.run("SET " + ", ".join(f"{_checked(name)} = {literal}" for name, literal in literals.items()))

    def _look_up(self, names: list[str]) -> dict[str, str]:
        """Return what the session has for each setting, as the literal that sets it again."""
        if not names:
            return {}
        known = self.run(
            "SELECT name, value, changed = 1 AS changed FROM system.settings WHERE has({names:Array(String)}, name)",
            "JSONEachRow",
            {"names": f"[{', '.join(map(literal, names))}]"},
        )
        rows = msgspec.json.Decoder(_Setting, strict=False).decode_lines(known.bytes())
        return dict.fromkeys(names, "DEFAULT") | {row.name: literal(row.value) for row in rows if row.changed}


@dataclass(slots=True)
class _Session:
    handle: Handle
    ends: float
    busy: bool = True


class Sessions:
    """Hands out connections; thread-safe.

    Args:
        connect: Opens a connection to the engine.
        clock: Seconds that never go back.
    """

    def __init__(self, connect: Callable[[], Connection], clock: Callable[[], float] = time.monotonic) -> None:
        self._connect = connect
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, _Session] = {}

    @contextmanager
    def fresh(self) -> Iterator[Handle]:
        """Lend a connection that nobody had before and nobody gets after."""
        with closing(self._connect()) as connection:
            yield Handle(connection, disposable=True)

    @contextmanager
    def named(
        self, name: str, *, timeout: float = DEFAULT_TIMEOUT_SECONDS, must_exist: bool = False
    ) -> Iterator[Handle]:
        """Lend the connection of the session `name`, which is made where there is none.

        Args:
            name: The `session_id` of the request.
            timeout: Seconds for which the session is kept after the request, at most an hour.
            must_exist: Whether to refuse to make one.

        Raises:
            EngineError: Another request is using the session, or there is none.
        """
        session = self._take(name, must_exist=must_exist)
        try:
            yield session.handle
        finally:
            with self._lock:
                session.ends = self._clock() + min(timeout, MAX_TIMEOUT_SECONDS)
                session.busy = False

    def _take(self, name: str, *, must_exist: bool) -> _Session:
        with self._lock:
            self._expire()
            session = self._sessions.get(name)
            if session is None:
                if must_exist:
                    raise refuse(SESSION_NOT_FOUND, f"Session {name} not found.")
                session = self._sessions[name] = _Session(Handle(self._connect()), 0.0)
                return session
            if session.busy:
                raise refuse(SESSION_IS_LOCKED, f"Session {name} is locked by a concurrent client.")
            session.busy = True
            return session

    def _expire(self) -> None:
        now = self._clock()
        for name in [name for name, one in self._sessions.items() if not one.busy and one.ends <= now]:
            self._sessions.pop(name).handle.connection.close()

    def close(self) -> None:
        """End every session."""
        with self._lock:
            sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            session.handle.connection.close()


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise refuse((115, "UNKNOWN_SETTING"), f"Setting {name} is neither a builtin setting nor a custom one.")
    return name


def literal(text: str) -> str:
    r"""Return `text` as a string literal of ClickHouse.

    >>> literal("it's")
    "'it\\'s'"
    """
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _identifier(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"
