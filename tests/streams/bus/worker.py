"""One worker in a process of its own: counts records per key in a table, and tells what it does on standard output.

    python -m tests.streams.bus.worker BOOTSTRAP APP_ID TOPIC PARTITIONS CHUNK_RECORDS [stall]

Lines: `ready`, then `begin PARTITION FIRST LAST` and `end PARTITION FIRST LAST` for each chunk. With `stall` it stops
inside its third chunk until it is killed. Ends when its input ends.
"""

import asyncio
import sys

from streams.bus.app import chunk_topic, create_app, running
from streams.bus.chunks import finished_chunks


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def main(bootstrap: str, app_id: str, topic: str, partitions: int, chunk_records: int, *, stall: bool) -> None:
    app = create_app(
        app_id,
        bootstrap,
        chunk_topics=[topic],
        partitions=partitions,
        chunk_records=chunk_records,
        commit_seconds=0.1,
        session_seconds=2,
    )
    counts = app.Table("counts", key_type=bytes, value_type=bytes)

    @app.agent(chunk_topic(app, topic), concurrency=1)
    async def count(stream):
        chunks = 0
        async for chunk in finished_chunks(stream):
            chunks += 1
            say("begin", chunk.partition, chunk.offsets[0], chunk.offsets[-1])
            if stall and chunks == 3:
                await asyncio.Event().wait()
            for key in chunk.keys:
                counts[key] = b"%d" % (int(counts.get(key, b"0")) + 1)
            say("end", chunk.partition, chunk.offsets[0], chunk.offsets[-1])

    async with running(app):
        say("ready")
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    bootstrap, app_id, topic, partitions, chunk_records = sys.argv[1:6]
    asyncio.run(main(bootstrap, app_id, topic, int(partitions), int(chunk_records), stall="stall" in sys.argv))
