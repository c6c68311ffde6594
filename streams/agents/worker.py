"""One worker: the Faust app with its three agents, wired to their topics and outputs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from faust.types import StreamT, TopicT

from streams import topics
from streams.agents.accounts import AccountsAgent
from streams.agents.campaigns import CampaignsAgent
from streams.agents.checkpoint import Checkpoint
from streams.agents.dead_letters import DeadLettersAgent
from streams.agents.links import LinksAgent
from streams.agents.progress import Progress
from streams.bus.app import chunk_topic, create_app, running
from streams.bus.chunks import Chunk
from streams.settings import Settings
from streams.sinks.clickhouse import StoreWriter
from streams.sinks.dead_letters import DeadLetters
from streams.sinks.outbox import Outbox

Handler = Callable[[Chunk], Awaitable[None]]


class Worker:
    """The agents of one process.

    Args:
        settings: With `partitions` as the topics have them.
        bootstrap: Kafka servers; not always those of the settings: the embedded broker chooses its port late.
        store: Where rows go. The caller starts and closes it.
    """

    def __init__(self, settings: Settings, bootstrap: str, store: StoreWriter) -> None:
        self.settings = settings
        self.progress = Progress()
        self._store = store
        self._outbox = Outbox()
        chunked = (topics.API_EVENTS, topics.ACCOUNT_FACTS, topics.SIGHTINGS, topics.EVIDENCE, topics.DEAD_LETTERS)
        self.app = create_app(
            settings.group_id,
            bootstrap,
            chunk_topics=chunked,
            partitions=settings.partitions,
            chunk_records=settings.fetch_events,
        )
        dead_letters = DeadLetters(self._outbox, self._output(topics.DEAD_LETTERS))
        self.accounts = AccountsAgent(
            settings,
            store,
            self._outbox,
            dead_letters,
            self.progress,
            sightings=self._output(topics.SIGHTINGS),
            evidence=self._output(topics.EVIDENCE),
            partitions=settings.partitions,
        )
        self.links = LinksAgent(settings, self._outbox, self._output(topics.EVIDENCE))
        self.campaigns = CampaignsAgent(
            settings, store, self._outbox, self.progress, alerts=self._output(topics.ALERTS)
        )
        self._checkpoint = Checkpoint([self._outbox, store], self.progress.acknowledged)
        self._listen(topics.API_EVENTS, self.accounts.on_events)
        self._listen(topics.ACCOUNT_FACTS, self.accounts.on_facts)
        self._listen(topics.SIGHTINGS, self.links.on_sightings)
        self._listen(topics.EVIDENCE, self.campaigns.on_evidence)
        self._listen(topics.DEAD_LETTERS, DeadLettersAgent(store, self.progress).on_letters)
        self.app.timer(interval=settings.insert_seconds)(self.commit)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Worker]:
        """Run the agents inside the present event loop; on the way out finish what was begun."""
        async with running(self.app):
            yield self
            await self.commit()

    async def commit(self, *_: object) -> None:
        """Reach a checkpoint now."""
        await self._checkpoint.commit()

    async def flush(self) -> None:
        """Wait until everything handed to the outputs has arrived."""
        await self._outbox.flush()
        await self._store.flush()

    def _output(self, name: str) -> TopicT:
        return self.app.topic(name, value_type=bytes, value_serializer="raw", key_serializer="raw")

    def _listen(self, topic: str, handle: Handler) -> None:
        """Feed the chunks of `topic` to `handle`; they are acknowledged at the next checkpoint."""

        async def agent(stream: StreamT[Chunk]) -> None:
            unacknowledged = stream.noack()
            async for event in unacknowledged.events():
                await handle(event.value)
                self._checkpoint.add(unacknowledged, event)

        self.app.agent(chunk_topic(self.app, topic), name=topic, concurrency=1)(agent)
