"""The campaigns agent: evidence in; alerts, campaigns and their members out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import orjson

from models.campaign.campaign import Campaign
from models.campaign.model import CampaignModel
from models.sighting import decode_batch
from streams.agents.effects import Change, Written, effects_of
from streams.agents.progress import Progress
from streams.bus.chunks import Chunk
from streams.settings import Settings
from streams.sinks import rows
from streams.sinks.clickhouse import StoreWriter
from streams.sinks.link_rows import of_links
from streams.sinks.outbox import Destination, Outbox
from streams.sources.labels import SaidLabel


@dataclass(slots=True)
class CampaignsAgent:
    """What the campaigns agent does with each chunk.

    Args:
        alerts: The topic to send to.
        holds_campaigns: Whether this worker is the one that has all campaigns.
        clock: Epoch milliseconds, of when a label took effect.
    """

    settings: Settings
    store: StoreWriter
    outbox: Outbox
    progress: Progress
    alerts: Destination
    holds_campaigns: Callable[[], bool] = lambda: True
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    model: CampaignModel = field(init=False)
    names: dict[int, str] = field(default_factory=dict)
    _written: dict[str, Written] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.model = CampaignModel(self.settings.detection)

    async def on_evidence(self, chunk: Chunk) -> None:
        """Apply a chunk of evidence batches: parts of the population sample, and owners of watched links."""
        changed: dict[str, Campaign] = {}
        for message in chunk.values:
            assert message is not None, "evidence is never a tombstone"
            batch = decode_batch(message)
            self.names.update(batch.names)
            sightings = batch.sightings()
            self.model.learn_population(sightings[sightings["kind"] == 0]["owner"])
            update = self.model.process(sightings[sightings["kind"] != 0])
            changed |= {campaign.id: campaign for campaign in update.changed}
            for campaign in update.alerts:
                await self._alert(campaign)
        for campaign in changed.values():
            self._store(campaign)

    async def on_labels(self, said: Sequence[SaidLabel]) -> None:
        """Apply what analysts found; write what it changed, and for each label that it did."""
        update = self.model.learn_labels([one.label for one in said])
        if not self.holds_campaigns():
            return  # another worker does, and says what became of them
        before = {one.id: self._written.get(one.id, Written()) for one in update.changed}
        for campaign in update.alerts:
            await self._alert(campaign)
        for campaign in update.changed:
            self._store(campaign)
        changes = [Change(before[one.id], self._written[one.id], one) for one in update.changed]
        fresh = [one for one in said if not one.applied]
        if fresh:
            self.store.write("label_effects", effects_of(fresh, changes, self.clock()))

    async def end_of_stream(self) -> None:
        """Look at every group once more, and write down all that is known."""
        update = self.model.review()
        for campaign in update.alerts:
            await self._alert(campaign)
        for campaign in self.model.campaigns.values():
            self._store(campaign)

    async def _alert(self, campaign: Campaign) -> None:
        self.progress.alerts += 1
        alert = rows.alert_of(campaign)
        self.store.write("alerts", rows.of_alerts([alert]))
        await self.outbox.send(self.alerts, orjson.dumps(alert), key=campaign.id.encode(), partition=0)

    def _store(self, campaign: Campaign) -> None:
        before = self._written.get(campaign.id)
        members = campaign.members
        self.store.write("campaigns", rows.of_campaigns([campaign]))
        if len(members):
            active = campaign.merged_into is None
            self.store.write("campaign_members", rows.of_members(campaign, self.names, members, active=active))
        owners = {key: self.model.book.table.of(key) for key, _ in campaign.links}
        if links := of_links(campaign, owners, 1000 * self.settings.window_seconds):
            self.store.write("link_windows", links)
        if before is not None and len(left := before.without(members)):
            self.store.write("campaign_members", rows.of_members(campaign, self.names, left, active=False))
        self._written[campaign.id] = Written(campaign.status, members)
