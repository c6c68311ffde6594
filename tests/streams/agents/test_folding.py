"""A message that makes a link or campaign model raise is left out, and everything is as if it had not been there."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from models.campaign.model import CampaignModel
from models.campaign.update import Update
from models.link.shard import LinkShard
from models.links import stable_hash
from models.sighting import LayoutError, SightingBatch, Sightings
from streams import topics
from streams.agents.campaign_state import CampaignState
from streams.agents.folding import Folding
from streams.agents.links import LinkState
from streams.agents.poison import FEW, IN_A_ROW, SHARE, PoisonError, Tolerance
from streams.bus.connection import client_of
from streams.settings import Settings
from streams.stack.local import LocalStack, local_stack
from streams.state.changelog import read_partition
from tests.models.streams_of import Maker, in_order
from tests.producing import produce
from tests.streams.bus.waiting import eventually

SECRET = "the-account-that-raises"
SETTINGS = Settings(partitions=1, insert_seconds=0.2)

plain_links, plain_campaigns = LinkShard.process, CampaignModel.process


def poisoned(sightings: Sightings) -> bool:
    return bool((sightings["owner"]["account"] == stable_hash(SECRET)).any())


def raise_in_links(shard: LinkShard, sightings: Sightings) -> Sightings:
    """A model that fails after it has changed its state, and says too much."""
    news = plain_links(shard, sightings)
    if poisoned(sightings):
        raise KeyError(SECRET)
    return news


def raise_in_campaigns(model: CampaignModel, sightings: Sightings) -> Update:
    update = plain_campaigns(model, sightings)
    if poisoned(sightings):
        raise KeyError(SECRET)
    return update


def stream() -> list[bytes]:
    """A pool among a crowd, and one account that uses the pool's prompt a little at half time."""
    maker = Maker(5)
    pool = [*maker.pool([f"p{number}" for number in range(30)], days=1, rate=30)]
    shared = pool[0].templates
    events = in_order([*pool, *maker.crowd(60, days=1)])
    half = events[len(events) // 2].ts
    odd = [maker.event(SECRET, half + number, templates=shared, session_id=f"s{number}") for number in range(3)]
    return [msgspec.json.encode(event) for event in in_order([*events, *odd])]


async def through(stack: LocalStack, values: list[bytes]) -> None:
    progress = stack.worker.progress
    produce(stack.bootstrap, values)
    await eventually(lambda: progress.handled[topics.API_EVENTS] == len(values), "the events are applied")
    rest = (topics.SIGHTINGS, topics.EVIDENCE, topics.DEAD_LETTERS)
    await eventually(lambda: not progress.waiting(*rest), "what they led to is")
    await stack.worker.commit()


def messages(stack: LocalStack, topic: str) -> list[tuple[int, bytes]]:
    # The broker's own word on where a partition ends may be a batch short.
    end = stack.worker.progress.handled[topic]
    records = read_partition(client_of(stack.bootstrap), topic, 0, end=end)
    return [(offset, value) for offset, _, value in records if value is not None]


def letters(stack: LocalStack) -> list[tuple[str, int, str, str]]:
    return stack.client.query("SELECT topic, offset, reason, raw FROM dead_letters ORDER BY offset").result_rows


async def test_a_poison_sighting_is_left_out_and_links_are_as_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LinkShard, "process", raise_in_links)
    async with local_stack(SETTINGS, tmp_path / "store") as stack:
        await through(stack, stream())
        there = letters(stack)
        expected = LinkState(LinkShard(SETTINGS.detection))
        bad = {offset for _, offset, *_ in there}
        for offset, message in messages(stack, topics.SIGHTINGS):
            if offset not in bad:
                expected.apply(message)
        [(_, found)] = stack.worker.links.held
        assert there
        assert {topic for topic, *_ in there} == {topics.SIGHTINGS}
        assert all("KeyError at test_folding.py:" in reason and not raw for *_, reason, raw in there)
        assert all(SECRET not in reason for *_, reason, _ in there)
        tables = [state.shard.table for state in (found, expected)]
        assert len({table.rows[: table.used].tobytes() for table in tables}) == 1
        assert [one.status for one in stack.worker.campaigns.model.campaigns.values()].count("alert") == 1
        assert {one.model: one.poisoned for one in stack.worker.tolerances} == {
            "account": 0, "facts": 0, "link": len(there), "campaign": 0, "label": 0
        }  # fmt: skip


async def test_poison_evidence_is_left_out_and_campaigns_are_as_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CampaignModel, "process", raise_in_campaigns)
    async with local_stack(SETTINGS, tmp_path / "store") as stack:
        await through(stack, stream())
        there = letters(stack)
        expected = CampaignState(CampaignModel(SETTINGS.detection))
        bad = {offset for _, offset, *_ in there}
        for offset, message in messages(stack, topics.EVIDENCE):
            if offset not in bad:
                expected.apply(message)
        model = stack.worker.campaigns.model
        rows = stack.client.query(
            "SELECT campaign_id, groupUniqArray(account_id) FROM campaign_members FINAL WHERE active GROUP BY 1"
        ).result_rows
    assert there
    assert {topic for topic, *_ in there} == {topics.EVIDENCE}
    assert all("KeyError at test_folding.py:" in reason and not raw for *_, reason, raw in there)
    assert {one.id: (one.status, one.accounts, one.first_alert_ts) for one in model.campaigns.values()} == {
        one.id: (one.status, one.accounts, one.first_alert_ts) for one in expected.model.campaigns.values()
    }
    [alerted] = [one for one in model.campaigns.values() if one.status == "alert"]
    assert {stable_hash(name) for name in dict(rows)[alerted.id]} == alerted.accounts


async def test_a_run_of_them_stops_the_worker(tmp_path: Path) -> None:
    async def run() -> None:
        async with local_stack(SETTINGS, tmp_path / "store") as stack:
            produce(stack.bootstrap, [b"no sightings"] * IN_A_ROW, topics.SIGHTINGS)
            await asyncio.Event().wait()  # until the worker fails

    with pytest.raises(PoisonError, match=f"made the link model raise, {IN_A_ROW} of them in a row"):
        await run()


class Sum:
    """A model that cannot bear zeros, and is spoilt by them."""

    def __init__(self) -> None:
        self.offset, self.total, self.settled = -1, 0, False

    def apply(self, message: bytes) -> None:
        self.total += int(message) or 1_000_000
        if not int(message):
            raise ZeroDivisionError(message)

    def settle(self) -> None:
        self.settled = True


def folding(log: list[bytes | None]) -> Folding[Sum]:
    return Folding(Sum, lambda _, end: [*enumerate(log)][:end], Tolerance("link"))


def test_who_starts_later_leaves_out_the_same_messages() -> None:
    log: list[bytes | None] = [b"1", b"0", None, b"2", b"0", b"4"]
    made = folding(log)
    for end, total in ((5, 3), (6, 7), (2, 1), (0, 0)):
        found = made.until(0, end)
        assert (found.total, found.offset, found.settled) == (total, end - 1, True)
    assert made.tolerance.poisoned == 3


def test_too_many_in_a_row_and_too_large_a_share_end_it() -> None:
    with pytest.raises(PoisonError, match=f"{IN_A_ROW} of them in a row"):
        folding([b"1", *[b"0"] * IN_A_ROW]).until(0, 100)
    spread = [b"0" if number % 20 == 0 else b"1" for number in range(FEW)]
    with pytest.raises(PoisonError, match=f"^{int(SHARE * FEW) + 1} records"):
        folding(spread).until(0, len(spread))


def test_sightings_of_another_version_stop_the_worker_at_once() -> None:
    message = msgspec.msgpack.encode(SightingBatch(b"", {}, version=1))
    with pytest.raises(LayoutError, match="drain the topic"):
        Folding(lambda: LinkState(LinkShard()), lambda *_: [(0, message)], Tolerance("link")).until(0, 1)
