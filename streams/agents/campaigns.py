"""The campaigns agent: evidence in; alerts, campaigns and their members out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from models.campaign.campaign import Campaign
from models.campaign.labels import Label
from models.campaign.model import CampaignModel, Update
from streams.agents.campaign_state import CampaignState
from streams.agents.effects import Change, Written, effects_of
from streams.agents.progress import Progress
from streams.bus.chunks import Chunk
from streams.settings import Settings
from streams.sinks import rows
from streams.sinks.clickhouse import StoreWriter
from streams.sinks.link_rows import of_links
from streams.sinks.outbox import Destination, Outbox
from streams.sources.labels import SaidLabel
from streams.state.held import Held


class Recovers(Protocol):
    """Who puts campaigns back."""

    def campaigns(self, prepare: Callable[[CampaignState], None]) -> Held[CampaignState]:
        """Return the holder of campaigns; `prepare` is called with those that are put back before they are."""


@dataclass(slots=True)
class CampaignsAgent:
    """What the campaigns agent does with each chunk.

    Args:
        alerts: The topic to send to.
        recovery: Puts campaigns back.
        holds_campaigns: Whether this worker is the one that has all campaigns.
        clock: Epoch milliseconds, of when a label took effect.
    """

    settings: Settings
    store: StoreWriter
    outbox: Outbox
    progress: Progress
    alerts: Destination
    recovery: Recovers
    holds_campaigns: Callable[[], bool] = lambda: True
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    held: Held[CampaignState] = field(init=False)
    """The campaigns, under the topic's only partition."""
    _labels: list[Label] = field(default_factory=list)
    """All that was said, in order; a model that is put back learns it."""
    _indicated: frozenset[int] = frozenset()
    _changed: dict[str, tuple[Campaign, CampaignState]] = field(default_factory=dict)
    """What changed since it was last written."""

    def __post_init__(self) -> None:
        self.held = self.recovery.campaigns(self._prepare)

    @property
    def model(self) -> CampaignModel:
        """The campaigns, where this worker has them."""
        [(_, state)] = self.held
        return state.model

    async def on_evidence(self, chunk: Chunk) -> None:
        """Apply a chunk of evidence batches, less those that were applied before."""
        state = await self.held.of(chunk.partition, chunk.generation)
        chunk = chunk.after(state.offset)
        # What was said while the campaigns were put back.
        state.model.indicated = self._indicated
        self._note(state.hear(self._labels), state)
        for offset, message in zip(chunk.offsets, chunk.values, strict=True):
            assert message is not None, "evidence is never a tombstone"
            update = state.apply(message)
            self._note(update, state)
            for campaign in update.alerts:
                await self._alert(campaign)
            state.offset = offset

    async def flush(self) -> None:
        """Hand the campaigns that changed since the last call to the store: once a checkpoint, not at each change."""
        changed, self._changed = self._changed, {}
        for campaign, state in changed.values():
            self._store(campaign, state)

    def learn_labels(self, labels: Sequence[Label]) -> None:
        """Take in labels whose effect is written down already."""
        self._labels += labels
        for _, state in self.held:
            state.hear(self._labels)

    def indicate(self, links: frozenset[int]) -> None:
        """Take in the link keys that other providers saw a pool share."""
        self._indicated = links
        for _, state in self.held:
            state.model.indicated = links

    async def on_labels(self, said: Sequence[SaidLabel]) -> None:
        """Apply what analysts found; write what it changed, and for each label that it did."""
        self._labels += [one.label for one in said]
        if not self.holds_campaigns():
            return  # another worker does, and says what became of them
        await self.flush()
        changes: list[Change] = []
        for _, state in self.held:
            update = state.hear(self._labels)
            before = {one.id: state.written.get(one.id, Written()) for one in update.changed}
            for campaign in update.alerts:
                await self._alert(campaign)
            for campaign in update.changed:
                self._store(campaign, state)
            changes += [Change(before[one.id], state.written[one.id], one) for one in update.changed]
        fresh = [one for one in said if not one.applied]
        if fresh:
            self.store.write("label_effects", effects_of(fresh, changes, self.clock()))

    async def end_of_stream(self) -> None:
        """Look at every group once more, and write down all that is known."""
        for _, state in self.held:
            update = state.model.review()
            for campaign in update.alerts:
                await self._alert(campaign)
            self._changed |= {one.id: (one, state) for one in state.model.campaigns.values()}
        await self.flush()

    def _note(self, update: Update, state: CampaignState) -> None:
        self._changed |= {one.id: (one, state) for one in update.changed}

    def _prepare(self, state: CampaignState) -> None:
        state.model.indicated = self._indicated
        state.hear(tuple(self._labels))

    async def _alert(self, campaign: Campaign) -> None:
        self.progress.alerts += 1
        alert = rows.alert_of(campaign)
        self.store.write("alerts", rows.of_alerts([alert]))
        await self.outbox.send(self.alerts, orjson.dumps(alert), key=campaign.id.encode(), partition=0)

    def _store(self, campaign: Campaign, state: CampaignState) -> None:
        before = state.written.get(campaign.id)
        members = campaign.members
        self.store.write("campaigns", rows.of_campaigns([campaign]))
        if len(members):
            active = campaign.merged_into is None
            self.store.write("campaign_members", rows.of_members(campaign, state.names, members, active=active))
        owners = {key: state.model.book.table.of(key) for key, _ in campaign.links}
        if links := of_links(campaign, owners, 1000 * self.settings.window_seconds):
            self.store.write("link_windows", links)
        if before is not None and len(left := before.without(members)):
            self.store.write("campaign_members", rows.of_members(campaign, state.names, left, active=False))
        state.written[campaign.id] = Written(campaign.status, members)
