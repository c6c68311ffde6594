"""What the console asks of the store, on threads of its own; the SQL box reads and cannot write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from clickhouse_connect.driver.client import Client

from streams.analyst.figures import Answer
from streams.store.rights import SET_ROLES, check_rights
from streams.store.statement import parse
from streams.store.uncut import in_thread

R = TypeVar("R")
MAX_ROWS = 500
# As of the endpoint's GET: a setting of the session may change, nothing else.
READ_ONLY: dict[str, Any] = {
    "readonly": 2,
    "max_result_rows": MAX_ROWS,
    "result_overflow_mode": "break",
    "max_execution_time": 30,
    "max_memory_usage": 4 << 30,
}


class Asking:
    """One client, used by one thread at a time.

    Args:
        connect: Makes the client.
        settings: Of every statement, where they only read; such a client has the rights of the endpoint's callers. One
            that has been made read-only stays so, so what writes has a client of its own.
    """

    def __init__(self, connect: Callable[[], Client], settings: Mapping[str, Any] | None = None) -> None:
        self._connect = connect
        self._settings = dict(settings or {})
        self._client: Client | None = None
        self._turn = asyncio.Lock()

    async def run(self, work: Callable[[Client], R]) -> R:
        """Return what `work` returns."""
        async with self._turn:
            if self._client is None:
                self._client = await in_thread(self._connected)
            return await in_thread(work, self._client)

    async def ask(self, sql: str) -> Answer:
        """Run a statement; at most `MAX_ROWS` rows come back.

        Raises:
            ClickHouseError: It is wrong, takes too long, or is not allowed.
            EngineError: It is not allowed.
        """
        check_rights(parse(sql.encode()))

        def work(client: Client) -> Answer:
            result = client.query(sql, settings=self._settings)
            return Answer(tuple(result.column_names), [tuple(row) for row in result.result_rows[:MAX_ROWS]], "")

        return await self.run(work)

    def _connected(self) -> Client:
        client = self._connect()
        if self._settings:
            client.command(SET_ROLES)
        return client
