"""Events per second of one Faust agent: stock consumer against chunks, same broker, same records.

python tests/streams/bus/throughput.py [EVENTS]
"""

import asyncio
import sys
import time

import faust
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from streams.bus.app import chunk_topic, create_app, running
from streams.bus.broker import EmbeddedBroker
from streams.bus.chunks import finished_chunks

PARTITIONS = 4


def fill(bootstrap: str, topic: str, events: int) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, PARTITIONS, 1)])[topic].result()
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "queue.buffering.max.messages": 1_000_000})
    for i in range(events):
        producer.produce(topic, key=b"account-%d" % (i % 5000), value=b"x" * 500)
        if i % 10_000 == 0:
            producer.poll(0)
    producer.flush()


async def timed(app: faust.App, done: asyncio.Event, first: list[float]) -> float:
    async with running(app):
        await done.wait()
        return time.perf_counter() - first[0]


async def chunked(bootstrap: str, events: int) -> float:
    app = create_app("chunked", bootstrap, chunk_topics=["events"], partitions=PARTITIONS, session_seconds=2)
    done, first, seen = asyncio.Event(), [], 0

    @app.agent(chunk_topic(app, "events"))
    async def count(stream):
        nonlocal seen
        async for chunk in finished_chunks(stream):
            first or first.append(time.perf_counter())
            seen += sum(1 for value in chunk if value)
            if seen >= events:
                done.set()

    return await timed(app, done, first)


async def stock(bootstrap: str, events: int) -> float:
    app = faust.App(
        "stock",
        broker=f"kafka://{bootstrap}",
        topic_partitions=PARTITIONS,
        topic_disable_leader=True,
        web_enabled=False,
        stream_wait_empty=False,
        broker_session_timeout=2,
        broker_heartbeat_interval=0.5,
    )
    done, first, seen = asyncio.Event(), [], 0

    @app.agent(app.topic("events", value_serializer="raw"))
    async def count(stream):
        nonlocal seen
        async for value in stream:
            first or first.append(time.perf_counter())
            seen += 1 if value else 0
            if seen >= events:
                done.set()

    return await timed(app, done, first)


async def main(events: int) -> None:
    with EmbeddedBroker() as broker:
        fill(broker.bootstrap, "events", events)
        for run in (stock, chunked):
            seconds = await run(broker.bootstrap, events)
            sys.stdout.write(f"{run.__name__}: {events / seconds:,.0f} events/s\n")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000))
