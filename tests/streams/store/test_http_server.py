"""The server around the endpoint: where it listens, whom it asks for a password, how it ends."""

import asyncio
import http.client

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from streams.store.access import Access
from streams.store.embedded import EmbeddedStore
from streams.store.errors import StoreError
from streams.store.http import StoreServer
from tests.streams.store.asking import address, ask, post

pytestmark = pytest.mark.embedded


async def test_a_password_is_asked_for_where_there_is_one(migrated: EmbeddedStore) -> None:
    async with StoreServer(migrated, access=Access(token="open sesame")) as guarded:
        with pytest.raises(DatabaseError) as refused:
            await asyncio.to_thread(clickhouse_connect.get_client, **address(guarded))
        assert refused.value.code == 516
        client = await asyncio.to_thread(
            lambda: clickhouse_connect.get_client(**address(guarded), username="kim", password="open sesame")
        )
        assert await asyncio.to_thread(client.command, "SELECT 1") == 1
        client.close()


async def test_it_listens_on_loopback_only(migrated: EmbeddedStore) -> None:
    for host in ("0.0.0.0", "192.0.2.1", "::", "example.com"):
        with pytest.raises(StoreError, match="is not loopback"):
            StoreServer(migrated, host=host)


async def test_a_port_in_use_is_named(migrated: EmbeddedStore) -> None:
    async with StoreServer(migrated) as first:
        port = address(first)["port"]
        with pytest.raises(StoreError, match=f"http_port = {port} on 127.0.0.1 cannot be used: .*in use"):
            await StoreServer(migrated, port=port).start()
        assert (await asyncio.to_thread(ask, first, "GET", "/ping")).body == b"Ok.\n"


async def test_a_caller_that_leaves_is_no_error(migrated: EmbeddedStore, caplog: pytest.LogCaptureFixture) -> None:
    async with StoreServer(migrated) as server:
        where = address(server)
        _, caller = await asyncio.open_connection(where["host"], where["port"])
        caller.write(b"GET /?query=SELECT+sleep(0.3),repeat('x',1000000) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await caller.drain()
        await asyncio.sleep(0.1)  # it is received, and under way
        caller.transport.abort()
    assert not caplog.records  # the server waits for what runs before it stops


async def test_stopping_ends_what_runs(migrated: EmbeddedStore) -> None:
    watching = migrated.client(database=None)
    async with StoreServer(migrated) as server:
        where = address(server)
        endless = "SELECT count() FROM numbers(1000000000000) WHERE sleep(1) = 0"
        begun = "SELECT count() FROM system.processes WHERE query LIKE '%sleep(1)%'"
        running = asyncio.create_task(asyncio.to_thread(post, server, endless))
        while await asyncio.to_thread(watching.command, begun) < 2:
            pass
    answer = await running
    assert answer.headers["X-ClickHouse-Exception-Code"] == "394"
    watching.close()
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection(**where).connect()
