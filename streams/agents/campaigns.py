"""The campaigns agent: evidence in; alerts, campaigns and their members out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from models.campaign.campaign import Campaign
from models.campaign.labels import Label
from models.campaign.model import CampaignModel
from models.campaign.update import Update
from models.decoding import Violation
from models.sighting import Sightings
from streams.agents.campaign_state import CampaignState
from streams.agents.effects import Change, Written, effects_of
from streams.agents.folding import Folding
from streams.agents.progress import Progress
from streams.agents.stored import Followed
from streams.agents.stored_members import Turned
from streams.agents.vetting import Vetting
from streams.bus.chunks import Chunk
from streams.settings import Settings
from streams.sinks import rows
from streams.sinks.clickhouse import StoreWriter
from streams.sinks.dead_letters import DeadLetters
from streams.sinks.link_rows import of_links
from streams.sinks.outbox import Destination, Outbox
from streams.sources.labels import SaidLabel
from streams.state.held import Held


class Follow(Protocol):
    """What lets the store follow labels; see `streams.agents.following`."""

    async def campaigns(self, verdicts: Mapping[str, str | None], held: Mapping[str, str]) -> Mapping[str, Followed]:
        """Take verdicts by campaign that is not held, and statuses of those that are."""

    async def accounts(self, verdicts: Mapping[str, str | None], held: Callable[[str], bool]) -> Sequence[Turned]:
        """Take verdicts by account, and whether a campaign is held."""


class Recovers(Protocol):
    """Who puts campaigns back."""

    def campaign_folding(self, prepare: Callable[[CampaignState], None]) -> Folding[CampaignState]:
        """Return what makes campaigns; `prepare` is called with those that are put back before they are."""

    def campaigns(self, folding: Folding[CampaignState]) -> Held[CampaignState]:
        """Return the holder of campaigns."""


@dataclass(slots=True)
class CampaignsAgent:
    """What the campaigns agent does with each chunk.

    Args:
        alerts: The topic to send to.
        recovery: Puts campaigns back.
        dead_letters: Where a message goes that makes them raise.
        holds_campaigns: Whether this worker is the one that has all campaigns.
        clock: Epoch milliseconds, of when a label took effect.
    """

    settings: Settings
    store: StoreWriter
    outbox: Outbox
    progress: Progress
    alerts: Destination
    recovery: Recovers
    dead_letters: DeadLetters
    holds_campaigns: Callable[[], bool] = lambda: True
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    held: Held[CampaignState] = field(init=False)
    """The campaigns, under the topic's only partition."""
    folding: Folding[CampaignState] = field(init=False)
    _labels: list[Label] = field(default_factory=list)
    """All that was said, in order; a model that is put back learns it."""
    _indicated: frozenset[int] = frozenset()
    _changed: dict[str, tuple[Campaign, CampaignState]] = field(default_factory=dict)
    """What changed since it was last written."""
    vetting: Vetting = field(init=False)
    """For labels that make a model raise."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever lets campaigns take something in, so that none is replaced meanwhile."""
    _sound: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while campaigns that raised are replaced, so that nothing of what they have become is written."""

    def __post_init__(self) -> None:
        self.folding = self.recovery.campaign_folding(self._prepare)
        self.held = self.recovery.campaigns(self.folding)
        self.vetting = Vetting(lambda: CampaignModel(self.settings.detection), self.dead_letters)

    @property
    def model(self) -> CampaignModel:
        """The campaigns, where this worker has them."""
        [(_, state)] = self.held
        return state.model

    async def on_evidence(self, chunk: Chunk) -> None:
        """Apply a chunk of evidence batches, less those that were applied before."""
        state = await self.held.of(chunk.partition, chunk.generation)
        chunk = chunk.after(state.offset)
        self._catch_up(state)
        for at, message in enumerate(chunk.values):
            await self.store.room()
            async with self._turn:
                state = self.held.models.get(chunk.partition, state)
                await self._apply(state, chunk, at, message or b"")

    async def _apply(self, state: CampaignState, chunk: Chunk, at: int, message: bytes) -> None:
        update = self.folding.tolerance.attempt(lambda: state.apply(message))
        if isinstance(update, Violation):
            await self._without(state, chunk, at, update)
            return
        self.folding.tolerance.passed(1)
        self._let_go(update, state)
        self._note(update, state)
        await self._alert(update, state)
        state.offset = chunk.offsets[at]

    async def flush(self) -> None:
        """Hand the campaigns that changed since the last call to the store: once a checkpoint, not at each change."""
        async with self._sound:
            changed, self._changed = self._changed, {}
            for campaign, state in changed.values():
                await self.store.room(len(campaign.accounts))
                self._store(campaign, state)

    def learn_labels(self, labels: Sequence[Label]) -> None:
        """Take in vetted labels whose effect is written down already."""
        self._labels += labels
        for _, state in self.held:
            state.hear(self._labels)

    def indicate(self, links: frozenset[int]) -> None:
        """Take in the link keys that other providers saw a pool share."""
        self._indicated = links
        for _, state in self.held:
            state.model.indicated = links

    async def on_labels(self, said: Sequence[SaidLabel], follow: Follow) -> bool:
        """Apply what analysts found; write what it changed, and for each label that it did.

        Args:
            said: In the order it was said, vetted.
            follow: Lets the rows of campaigns follow that are in the store and not held here.

        Returns:
            Whether this worker is the one that has the campaigns; where it is not, nothing was written.
        """
        holding = [one for one in said if one.holds]
        if not self.holds_campaigns():
            self._labels += [one.label for one in holding]
            return False
        await self.flush()
        changes: list[Change] = []
        async with self._turn:
            for partition, update in await self._heard(holding):
                state = self.held.models[partition]
                before = {one.id: state.written.get(one.id, Written()) for one in update.changed}
                await self._alert(update, state)
                for campaign in update.changed:
                    self._store(campaign, state)
                changes += [Change(before[one.id], state.written[one.id], one) for one in update.changed]
        said = [one for one in said if not self.vetting.is_aside(one)]
        await self.store.flush()  # what is held here is written before what is not follows
        labels = [one.label for one in said if one.holds]
        turned, stored = await self._turned(labels, follow), await self._followed(labels, follow)
        if fresh := [one for one in said if not one.applied]:
            self.store.write("label_effects", effects_of(fresh, changes, stored, turned, self.clock()))
        return True

    def pass_over(self, said: Sequence[SaidLabel]) -> None:
        """Write of labels that were put aside that they did nothing; whoever looks for one sees that it was read."""
        if said and self.holds_campaigns():
            self.store.write("label_effects", effects_of(said, (), {}, (), self.clock()))

    async def _heard(self, said: Sequence[SaidLabel]) -> list[tuple[int, Update]]:
        """Let all campaigns hear labels, but for those that make them raise; return what changed, by partition."""
        known = len(self._labels)
        self._labels += [one.label for one in said]
        heard = []
        for partition, state in self.held:
            update = self.vetting.tolerance.attempt(lambda: state.hear(self._labels))  # noqa: B023 - called at once
            if isinstance(update, Violation):
                del self._labels[known:]
                update = await self._heard_one_by_one(partition, said)
            heard.append((partition, update))
        return heard

    async def _heard_one_by_one(self, partition: int, said: Sequence[SaidLabel]) -> Update:
        """Let campaigns hear labels of which one makes them raise, anew without each that does."""
        async with self._sound:
            state = await self._anew(partition)
            alerts: set[str] = set()
            for one in said:
                self._labels.append(one.label)
                update = self.vetting.tolerance.attempt(lambda: state.hear(self._labels))  # noqa: B023 - at once
                if isinstance(update, Violation):
                    self._labels.pop()
                    self.vetting.put_aside(one, update)
                    state = await self._anew(partition)
                else:
                    alerts |= {campaign.id for campaign in update.alerts}
        campaigns = state.model.campaigns.values()
        changed = tuple(one for one in campaigns if state.written.get(one.id, Written()).differs_from(one))
        return Update(changed, tuple(one for one in campaigns if one.id in alerts))

    async def _anew(self, partition: int) -> CampaignState:
        """Return campaigns made anew from what they have taken in, and the labels that were heard."""
        state = self.held.models[partition]
        new = await asyncio.to_thread(self.folding.until, partition, state.offset + 1)
        self.held.models[partition] = new
        self._go_on(state, new)
        return new

    async def _followed(self, labels: Sequence[Label], follow: Follow) -> Mapping[str, Followed]:
        """Let the rows in the store follow labels of campaigns."""
        verdicts = {one.entity_id: one.verdict for one in labels if one.entity_type == "campaign"}
        if not verdicts:
            return {}
        known = {
            name: one
            for _, state in self.held
            for name, one in state.model.campaigns.items()
            if name in verdicts and state.writes(one)
        }
        followed = await follow.campaigns(
            {name: verdict for name, verdict in verdicts.items() if name not in known},
            {name: one.status for name, one in known.items() if one.merged_into is None},
        )
        self._go_beyond()
        return followed

    async def _turned(self, labels: Sequence[Label], follow: Follow) -> Sequence[Turned]:
        """Let the members in the store of campaigns that are not held here follow labels of accounts."""
        verdicts = {one.entity_id: one.verdict for one in labels if one.entity_type == "account"}
        if not verdicts:
            return []
        held = {name for _, state in self.held for name, one in state.model.campaigns.items() if state.writes(one)}
        turned = await follow.accounts(verdicts, held.__contains__)
        self._go_beyond()
        return turned

    def _go_beyond(self) -> None:
        """Stay above the versions of rows that have followed, which have grown by one: they may be found here yet."""
        for _, state in self.held:
            state.beyond += 1

    async def end_of_stream(self) -> None:
        """Look at every group once more, and write down all that is known."""
        for _, state in self.held:
            update = state.model.review()
            await self._alert(update, state)
            self._changed |= {one.id: (one, state) for one in state.model.campaigns.values()}
        await self.flush()

    def _let_go(self, update: Update, state: CampaignState) -> None:
        """Take back in the store who was a member of campaigns on watch that were forgotten."""
        for campaign in update.forgotten:
            self._changed.pop(campaign.id, None)
            written = state.written.pop(campaign.id, Written())
            if state.writes(campaign):
                self._store_members(campaign, state, written.members, active=False)

    def _note(self, update: Update, state: CampaignState) -> None:
        self._changed |= {one.id: (one, state) for one in update.changed}

    def _catch_up(self, state: CampaignState) -> None:
        """Let campaigns that were put back hear what was said meanwhile."""
        state.model.indicated = self._indicated
        self._note(state.hear(self._labels), state)

    async def _without(self, state: CampaignState, chunk: Chunk, at: int, why: Violation) -> None:
        """Put campaigns in the place of these that have not taken in a message which makes them raise."""
        async with self._sound:
            new = await self.folding.without(chunk, at, why, self.held, self.dead_letters)
            self._go_on(state, new)
        self._catch_up(new)

    def _go_on(self, old: CampaignState, new: CampaignState) -> None:
        """Let campaigns that were made anew go on where the old ones were."""
        new.written = old.written  # which is what was written, not what should have been by now
        new.beyond, new.unmatched = old.beyond, old.unmatched
        known = new.model.campaigns
        self._changed = {name: (known[name], new) for name in self._changed if name in known}

    def _prepare(self, state: CampaignState) -> None:
        state.model.indicated = self._indicated
        state.hear(tuple(self._labels))

    async def _alert(self, update: Update, state: CampaignState) -> None:
        """Say what alerted; an alert of an earlier run, which this one knows by a label alone, was said on evidence."""
        for campaign in update.alerts:
            if not state.writes(campaign):
                continue
            self.progress.alerts += 1
            alert = rows.alert_of(campaign)
            self.store.write("alerts", rows.of_alerts([alert]))
            await self.outbox.send(self.alerts, orjson.dumps(alert), key=campaign.id.encode(), partition=0)

    def _store(self, campaign: Campaign, state: CampaignState) -> None:
        before = state.written.get(campaign.id)
        members = campaign.members
        state.written[campaign.id] = Written(campaign.status, members)
        if not state.writes(campaign):
            return
        state.unmatched.discard(campaign.id)
        self.store.write("campaigns", rows.of_campaigns([campaign], state.beyond))
        self._store_members(campaign, state, members, active=campaign.merged_into is None)
        owners = {key: state.model.book.table.of(key) for key, _ in campaign.links}
        if links := of_links(campaign, owners, 1000 * self.settings.window_seconds):
            self.store.write("link_windows", links)
        if before is not None:
            self._store_members(campaign, state, before.without(members), active=False)

    def _store_members(self, campaign: Campaign, state: CampaignState, members: Sightings, *, active: bool) -> None:
        """Write who is a member of a campaign, or who is no longer; nothing where that is nobody."""
        if len(members):
            these = rows.of_members(campaign, state.names, members, active=active, beyond=state.beyond)
            self.store.write("campaign_members", these)
