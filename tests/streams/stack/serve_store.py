"""Serves an embedded store over HTTP from a process of its own: `python serve_store.py DIRECTORY`.

Writes the URL as its first line, and ends when its standard input is closed.
"""

import asyncio
import sys

from streams.store import migrations
from streams.store.embedded import EmbeddedStore
from streams.store.http import StoreServer


async def main(directory: str) -> None:
    with EmbeddedStore(directory) as store:
        migrations.apply(store.client(database=None))
        async with StoreServer(store) as server:
            sys.stdout.write(f"{server.url}\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
