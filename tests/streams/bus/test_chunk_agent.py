"""The shortest whole example: an agent that reads chunks, keeps a table and acknowledges."""

import asyncio

from streams.bus.app import chunk_topic, create_app, running
from streams.bus.chunks import finished_chunks
from tests.streams.bus.records import committed, produce

EVENTS = 5000


async def test_an_agent_reads_chunks_keeps_a_table_and_commits(broker, new_topic, unique):
    topic = new_topic(broker, partitions=4)
    produce(broker.bootstrap, topic, range(EVENTS))
    app = create_app(unique("app"), broker.bootstrap, chunk_topics=[topic], partitions=4, session_seconds=2)
    counts = app.Table("counts", key_type=bytes, value_type=bytes)
    seen: list[int] = []
    ends: dict[int, int] = {}
    done = asyncio.Event()

    @app.agent(chunk_topic(app, topic), concurrency=1)
    async def accounts(stream):
        async for chunk in finished_chunks(stream):
            for key, value in zip(chunk.keys, chunk.values, strict=True):
                # Assign back: that is what the changelog records.
                counts[key] = b"%d" % (int(counts.get(key, b"0")) + 1)
                seen.append(int(value))
            ends[chunk.partition] = chunk.offsets[-1] + 1
            if len(seen) >= EVENTS:
                done.set()
            # The chunk is acknowledged here, when the loop asks for the next; flush outputs before.

    async with running(app):
        await asyncio.wait_for(done.wait(), 30)
        assert counts[b"account-7"] == b"50"

    assert sorted(seen) == list(range(EVENTS))
    assert committed(broker.bootstrap, app.conf.id, topic, 4) == ends
    assert sum(ends.values()) == EVENTS
