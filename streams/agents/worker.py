"""One worker: the Faust app with its three agents, wired to their topics and outputs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import cast

import faust
from faust.types import StreamT

from models.account.state import Changes
from streams import topics
from streams.agents.accounts import AccountsAgent
from streams.agents.campaigns import CampaignsAgent
from streams.agents.checkpoint import Checkpoint
from streams.agents.dead_letters import DeadLettersAgent
from streams.agents.garbage import search_rarely
from streams.agents.labels import LabelsAgent
from streams.agents.links import LinksAgent
from streams.agents.poison import Tolerance
from streams.agents.progress import Progress
from streams.agents.recovery import Recovery
from streams.agents.standing import Standing
from streams.agents.windows import WindowRows
from streams.bus.app import chunk_topic, create_app, running
from streams.bus.chunks import Chunk
from streams.bus.connection import brokers_of
from streams.settings import Settings
from streams.sinks.clickhouse import StoreWriter
from streams.sinks.dead_letters import DeadLetters
from streams.sinks.outbox import Destination, Outbox
from streams.sources.reconnecting import Reconnecting
from streams.state.changelog import LostPartitionError

Handler = Callable[[Chunk], Awaitable[None]]


# How long a worker may be silent before its partitions go to others. A broker on this machine has no others waiting,
# and lets the first worker of a group wait for half of this time before it gets its partitions.
SESSION_SECONDS = 10.0
ALONE_SESSION_SECONDS = 3.0


class Worker:
    """The agents of one process.

    Args:
        settings: With `partitions` as the topics have them.
        bootstrap: Kafka servers; not always those of the settings: the embedded broker chooses its port late.
        store: Where rows go. The caller starts and closes it.
        alone: Whether no other worker is to take over when this one is silent.
        labels: Where analysts say what they found; None: nobody does.
    """

    def __init__(
        self,
        settings: Settings,
        bootstrap: str,
        store: StoreWriter,
        *,
        alone: bool = False,
        labels: Reconnecting | None = None,
    ) -> None:
        self.settings = settings
        self.progress = Progress()
        self.saved_bytes = 0
        self.store = store
        self._outbox = Outbox(self.progress.sent)
        chunked = (topics.API_EVENTS, topics.ACCOUNT_FACTS, topics.SIGHTINGS, topics.EVIDENCE, topics.DEAD_LETTERS)
        brokers = brokers_of(settings, bootstrap)
        self.app = create_app(
            settings.group_id,
            brokers,
            chunk_topics=[settings.topic_prefix + name for name in chunked],
            partitions=settings.partitions,
            datadir=settings.data_dir / "worker",
            chunk_records=settings.fetch_events,
            session_seconds=ALONE_SESSION_SECONDS if alone else SESSION_SECONDS,
            group_instance_id=settings.instance_id,
        )
        dead_letters = DeadLetters(self._outbox, self._destination(topics.DEAD_LETTERS))
        evidence = self._destination(topics.EVIDENCE)
        self.recovery = Recovery(
            settings,
            brokers.client(),
            saving=not settings.kafka_embedded,
            windows=WindowRows(store),
            standing=lambda: store.ask(Standing.of),
        )
        self.accounts = AccountsAgent(
            settings,
            store,
            self._outbox,
            dead_letters,
            self.progress,
            sightings=self._destination(topics.SIGHTINGS),
            evidence=evidence,
            partitions=settings.partitions,
            held=self.recovery.accounts(),
            isolation=self.recovery.isolation(),
        )
        links = self.recovery.link_folding()
        self.links = LinksAgent(self._outbox, evidence, self.recovery.links(links), links, dead_letters)
        alerts = self._destination(topics.ALERTS)
        self.campaigns = CampaignsAgent(
            settings,
            store,
            self._outbox,
            self.progress,
            alerts,
            self.recovery,
            dead_letters,
            holds_campaigns=self._holds_campaigns,
        )
        self._labels = None if labels is None else LabelsAgent(labels, self.accounts, self.campaigns)
        self.checkpoints = Checkpoint([self.campaigns, self._outbox, store], self.accounts.changes, self._save)
        self._listen(topics.API_EVENTS, self.accounts.on_events)
        self._listen(topics.ACCOUNT_FACTS, self.accounts.on_facts)
        self._listen(topics.SIGHTINGS, self.links.on_sightings)
        self._listen(topics.EVIDENCE, self.campaigns.on_evidence)
        self._listen(topics.DEAD_LETTERS, DeadLettersAgent(store, self.progress).on_letters)
        self.app.timer(interval=settings.insert_seconds)(self.commit)
        if self._labels is not None:
            self.app.timer(interval=settings.label_seconds)(self._labels.look)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Worker]:
        """Run the agents inside the present event loop; on the way out finish what was begun."""
        if self._labels is not None:
            await self._labels.load()
        search_rarely()
        async with running(self.app):
            yield self
            await self.commit()

    @property
    def tolerances(self) -> tuple[Tolerance, ...]:
        """What was put aside because a model raised, one for each kind of model."""
        accounts, campaigns = self.accounts, self.campaigns
        return (
            accounts.isolation.tolerance,
            accounts.facts_tolerance,
            self.links.folding.tolerance,
            campaigns.folding.tolerance,
            campaigns.vetting.tolerance,
        )

    async def commit(self, *_: object) -> None:
        """Reach a checkpoint now."""
        await self.checkpoints.commit()

    async def flush(self) -> None:
        """Wait until everything handed to the outputs has arrived."""
        for output in (self.campaigns, self._outbox, self.store):
            await output.flush()

    def _holds_campaigns(self) -> bool:
        evidence = self.settings.topic_prefix + topics.EVIDENCE
        return any(partition.topic == evidence for partition in self.app.consumer.assignment())

    async def _save(self, changes: Mapping[int, Changes]) -> None:
        """Write the state of all partitions at once, then drop the models of those that went to other workers."""
        await asyncio.gather(*(self._save_one(*one) for one in changes.items()))
        if self.app.rebalancing or not (mine := self.app.consumer.assignment()):
            return
        holders = ((topics.API_EVENTS, self.accounts.held), (topics.SIGHTINGS, self.links.held))
        for name, held in (*holders, (topics.EVIDENCE, self.campaigns.held)):
            held.keep({tp.partition for tp in mine if tp.topic == self.settings.topic_prefix + name})

    async def _save_one(self, partition: int, changes: Changes) -> None:
        try:
            changelog = self.recovery.changelogs[partition]
            self.saved_bytes += await asyncio.to_thread(changelog.write, changes.records())
        except LostPartitionError:
            # Another worker goes on from the checkpoint before; what was not saved it does again.
            if not self.app.rebalancing and self._has(partition):
                raise
            self.accounts.held.drop(partition)

    def _has(self, partition: int) -> bool:
        topic = self.settings.topic_prefix + topics.API_EVENTS
        return (topic, partition) in self.app.consumer.assignment()

    def _destination(self, name: str) -> Destination:
        full = self.settings.topic_prefix + name
        topic = self.app.topic(full, value_type=bytes, value_serializer="raw", key_serializer="raw")
        return Destination(name, topic)

    def _listen(self, name: str, handle: Handler) -> None:
        """Feed the chunks of a topic to `handle`; they are acknowledged at the next checkpoint."""

        async def agent(stream: StreamT[Chunk]) -> None:
            unacknowledged = cast("faust.Stream[Chunk]", stream).noack()
            async for event in unacknowledged.events():
                chunk = cast("Chunk", event.value)
                chunk.generation = event.message.generation_id
                await handle(chunk)
                self.progress.handled[name] += len(chunk)
                self.checkpoints.add(unacknowledged, event)

        topic = chunk_topic(self.app, self.settings.topic_prefix + name)
        self.app.agent(topic, name=name, concurrency=1)(agent)
