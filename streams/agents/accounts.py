"""The accounts agent: `api-events` and `account-facts` in; sightings, windows and dead letters out.

A thin shell around `models.account`: decode a chunk, apply it, hand over what came of it. It holds one model per
partition that is assigned to this worker (`streams.state.held`); both topics are partitioned by account in the same
way, so an account's facts and its events meet in one model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.account.decode import Decoded, Lines, decode_columns
from models.account.sampler import Sampler
from models.account.shard import AccountShard, Outcome
from models.account.state import AccountState, Changes
from models.campaign.labels import CLEARING, Label
from models.decoding import InvalidMessage, Violation
from models.distinct import distinct
from models.facts import AccountFacts, decode_facts, erased_account
from models.links import stable_hash
from models.sighting import Sightings, encode_batches, picked
from streams.agents.isolation import Isolation
from streams.agents.poison import Tolerance
from streams.agents.progress import Progress
from streams.agents.windows import WindowRows
from streams.bus.chunks import Chunk
from streams.settings import Settings
from streams.sinks import rows
from streams.sinks.clickhouse import StoreWriter
from streams.sinks.dead_letters import DeadLetters
from streams.sinks.event_lines import json_rows
from streams.sinks.outbox import Destination, Outbox
from streams.state.held import Held

# Events applied before their sightings leave: few enough that an alert is dated within seconds of the event that
# completed its evidence even when a day's log is replayed at full speed, many enough to share NumPy's overhead.
SLICE = 1000


@dataclass(slots=True)
class AccountsAgent:
    """What the accounts agent does with each chunk.

    Args:
        sightings, evidence: Topics to send to.
        partitions: Of the topic `sightings`.
        held: The models, by partition.
        isolation: For events that make a model raise.
    """

    settings: Settings
    store: StoreWriter
    outbox: Outbox
    dead_letters: DeadLetters
    progress: Progress
    sightings: Destination
    evidence: Destination
    partitions: int
    held: Held[AccountState]
    isolation: Isolation
    facts_tolerance: Tolerance = field(default_factory=lambda: Tolerance("facts"))
    _cleared: set[str] = field(default_factory=set)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while what is applied has not been told in full, so that no checkpoint falls in between."""
    _saved: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when all that the accounts did so far is on its way to the changelog."""

    async def on_events(self, chunk: Chunk) -> None:
        """Apply a chunk of API events, less what was applied before it was delivered again."""
        state = await self.held.of(chunk.partition, chunk.generation)
        chunk = chunk.after(state.offset)
        if not len(chunk):
            return
        await self._wait_for_memory(state)
        decoded = decode_columns(chunk.values)
        for at, violation in decoded.broken:
            await self.dead_letters.put(chunk, at, violation)
        refused = {at for at, _ in decoded.broken}
        offsets = [offset for at, offset in enumerate(chunk.offsets) if at not in refused]
        for begin in range(0, len(decoded.columns), SLICE):
            await self.store.room()
            part = slice(begin, begin + SLICE)
            async with self._turn:
                if not await self._apply(state, decoded, part, offsets[part]):
                    state = await self._isolate(chunk, decoded, part, offsets[part])
            await self._part_with_coldest(state)
            await asyncio.sleep(0)  # the other agents' turn, so that what is told is judged soon

    async def on_facts(self, chunk: Chunk) -> None:
        """Apply a chunk of account facts; what they change takes effect with the account's next sighting."""
        await self._wait_for_memory(await self.held.of(chunk.partition, chunk.generation))
        async with self._turn:  # whoever isolates an event puts another model in the place of this one
            state = await self.held.of(chunk.partition, chunk.generation)
            for at, value in enumerate(chunk.values):
                try:
                    facts = None if value is None else decode_facts(value)
                except InvalidMessage as error:
                    await self.dead_letters.put(chunk, at, error.violation)
                    continue
                await self.store.room()
                why = self.facts_tolerance.attempt(lambda: self._learn(state, facts, chunk.keys[at]))  # noqa: B023
                if isinstance(why, Violation):
                    state = await self._without_facts(state, chunk, at, why)
                    continue
                self.facts_tolerance.passed(1)
                if facts is not None:
                    self.store.write("account_facts", rows.of_facts(facts))

    async def _without_facts(self, state: AccountState, chunk: Chunk, at: int, why: Violation) -> AccountState:
        """Return accounts that have not taken in facts which make them raise: what these did is unknown."""
        self.facts_tolerance.put_aside(chunk.offsets[at], why)
        await self.dead_letters.put(chunk, at, why)
        new = await asyncio.to_thread(self.isolation.before, chunk.partition, state.offset + 1, state.unsaved_facts)
        new.offset = state.offset
        self.held.models[chunk.partition] = new
        return new

    def _learn(self, state: AccountState, facts: AccountFacts | None, key: bytes | None) -> None:
        """Take in facts, or a tombstone: an account was erased, or facts withdrawn, which the next ones will say."""
        if facts is not None:
            state.learn_facts(facts)
            return
        account = erased_account(key)
        if account is not None:
            self._cleared = {name for name in self._cleared if stable_hash(name) != account}
            state.erase(account)

    def on_labels(self, labels: Sequence[Label]) -> None:
        """Clear the accounts that analysts found benign or permitted, and take that back where they did."""
        for label in labels:
            if label.entity_type != "account":
                continue
            cleared = label.verdict in CLEARING
            (self._cleared.add if cleared else self._cleared.discard)(label.entity_id)
            for _, state in self.held:
                state.shard.clear(label.entity_id, cleared=cleared)

    def mark_new(self) -> None:
        """Let labels hold for accounts that came to this worker since the last call."""
        for _, state in self.held:
            state.shard.clear_new(self._cleared)

    async def changes(self) -> dict[int, Changes]:
        """Return what changed in each partition since the last call, at a moment when all of it has been told."""
        async with self._turn:
            changes = {partition: state.changes() for partition, state in self.held if state.shard.saving}
        self._saved.set()
        return changes

    async def _wait_for_memory(self, state: AccountState) -> None:
        """Make room in memory; where what fills it is not saved yet, wait until it is."""
        await self._part_with_coldest(state)
        while state.is_crowded:
            self._saved.clear()
            await self._saved.wait()
            await self._part_with_coldest(state)

    async def _part_with_coldest(self, state: AccountState) -> None:
        while state.is_full:
            await self.store.room()  # for their open windows
            places = state.coldest()
            if not len(places):
                return
            state.part_with(places)
            await asyncio.sleep(0)  # the turn of those who keep the worker in its group

    async def end_of_stream(self) -> None:
        """Close all windows: no more events will come."""
        for _, state in self.held:
            await WindowRows(self.store).tell(state.shard, state.shard.close_all())

    async def _apply(self, state: AccountState, decoded: Decoded, part: slice, offsets: Sequence[int]) -> bool:
        """Apply a part of a chunk; False when the model raised, whose words end here: they may quote an event."""
        columns = decoded.columns.part(part.start, part.stop)
        try:
            outcome = state.shard.process_columns(columns)
        except Exception:  # noqa: BLE001 - it is raised again where the event that it comes from is looked for
            return False
        state.note(outcome, offsets[-1])
        self.isolation.tolerance.passed(len(columns))
        await self._say(decoded.lines[part], outcome, state)
        return True

    async def _isolate(self, chunk: Chunk, decoded: Decoded, part: slice, offsets: Sequence[int]) -> AccountState:
        """Apply a part of a chunk but for the events that make the model raise; return the model that did."""
        columns, lines = decoded.columns.part(part.start, part.stop), decoded.lines[part]
        facts = self.held.models[chunk.partition].unsaved_facts
        done = await asyncio.to_thread(self.isolation.isolate, chunk.partition, columns, offsets, facts)
        self.held.models[chunk.partition] = done.state
        for offset, violation in done.poison.items():
            await self.dead_letters.put(chunk, chunk.offsets.index(offset), violation)
        for at, outcome in done.outcomes:
            await self._say(lines[at : at + 1], outcome, done.state)
        return done.state

    async def _say(self, lines: Lines, outcome: Outcome, state: AccountState) -> None:
        self._count(outcome)
        await self._store(lines, outcome, state.shard)
        await self._tell(outcome, state.shard, state.sampler)

    def _count(self, outcome: Outcome) -> None:
        fresh = int(np.count_nonzero(outcome.fresh))
        self.progress.events += fresh
        self.progress.duplicates += len(outcome.fresh) - fresh
        self.progress.late += outcome.late

    async def _store(self, lines: Lines, outcome: Outcome, shard: AccountShard) -> None:
        if self.settings.store_events:
            fresh = lines[outcome.fresh]
            await self.store.room(len(fresh))  # again: others have written since, and a block may be less than this
            self.store.write_text("api_events", json_rows(fresh), len(fresh))
        await WindowRows(self.store).tell(shard, outcome.closed)

    async def _tell(self, outcome: Outcome, shard: AccountShard, sampler: Sampler) -> None:
        home = outcome.sightings["key"] % np.uint64(self.partitions)
        for partition in distinct(home).tolist():
            await self._send(self.sightings, picked(outcome.sightings, home == partition), shard, partition)
        sample = sampler.choose(shard.bank.rows, outcome.touched)
        if len(sample):
            await self._send(self.evidence, shard.describe(sample), shard, 0)

    async def _send(self, to: Destination, sightings: Sightings, shard: AccountShard, partition: int) -> None:
        for message in encode_batches(sightings, shard.bank.names_of):
            await self.outbox.send(to, message, partition=partition)
