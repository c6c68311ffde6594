"""A connection to ClickHouse that is kept while it works, and made anew after it failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from clickhouse_connect.driver.client import Client


class Reconnecting:
    """Lends one client; one thread at a time.

    Args:
        connect: Makes the client.
    """

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect = connect
        self._client: Client | None = None

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Lend the client; what fails in the block closes it.

        Raises:
            StoreError: ClickHouse is not reached.
        """
        if self._client is None:
            self._client = self._connect()
        try:
            yield self._client
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection; the next use makes another."""
        client, self._client = self._client, None
        if client is not None:
            client.close()
