"""Labels that make a model raise end among the dead letters; the others hold, and so does what is known."""

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import pytest

from models.campaign.labels import Label
from models.campaign.model import CampaignModel
from models.campaign.update import Update
from streams import topics
from streams.settings import Settings
from streams.stack.local import LocalStack, local_stack
from tests.models.streams_of import Maker, in_order
from tests.producing import produce
from tests.streams.bus.waiting import eventually

pytestmark = pytest.mark.embedded

SECRET = "what-the-analyst-wrote"
SETTINGS = Settings(partitions=1, insert_seconds=0.2, label_seconds=0.1)

plain_learn = CampaignModel.learn_labels


def raising(when: Callable[[CampaignModel], bool]) -> Callable[[CampaignModel, Iterable[Label]], Update]:
    """A model that fails after it has changed its state, and says too much."""

    def learn(model: CampaignModel, labels: Iterable[Label]) -> Update:
        labels = list(labels)
        update = plain_learn(model, labels)
        if any(label.entity_id == SECRET for label in labels) and when(model):
            raise KeyError(SECRET)
        return update

    return learn


def say(stack: LocalStack, *said: tuple[str, str, str]) -> None:
    rows = [(*one, "ana", str(number)) for number, one in enumerate(said)]
    stack.client.insert("labels", rows, column_names=["entity_type", "entity_id", "verdict", "analyst", "note"])


async def found(stack: LocalStack) -> None:
    """Let a pool among a crowd be found."""
    maker, progress = Maker(5), stack.worker.progress
    pool = [*maker.pool([f"p{number}" for number in range(30)], days=1, rate=30)]
    values = [msgspec.json.encode(event) for event in in_order([*pool, *maker.crowd(60, days=1)])]
    produce(stack.bootstrap, values)
    await eventually(lambda: progress.handled[topics.API_EVENTS] == len(values), "the events are applied")
    await eventually(lambda: not progress.waiting(topics.SIGHTINGS, topics.EVIDENCE), "what they led to is")
    await stack.worker.campaigns.end_of_stream()
    await stack.worker.commit()


def written(stack: LocalStack, what: str) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = stack.client.query(what).result_rows
    return rows


@pytest.mark.parametrize(
    "when", [lambda _: True, lambda model: bool(model.campaigns)], ids=["whatever is known", "because of what is known"]
)
async def test_a_poison_label_is_put_aside_and_all_others_hold(
    when: Callable[[CampaignModel], bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CampaignModel, "learn_labels", raising(when))
    async with local_stack(SETTINGS, tmp_path / "store", labels=True) as stack:
        await found(stack)
        [alerted] = [one.id for one in stack.worker.campaigns.model.campaigns.values() if one.status == "alert"]
        say(stack, ("account", "person-1", "benign"), ("link", SECRET, "benign"), ("campaign", alerted, "permitted"))
        effects = "SELECT entity_id, status_before, status_after FROM label_effects FINAL ORDER BY entity_type DESC"
        await eventually(lambda: len(written(stack, effects)) == 3, "all three were read")
        await eventually(lambda: stack.worker.progress.dead_letters == 1, "one is put aside")
        await stack.worker.commit()
        await stack.worker.flush()
        campaigns = stack.worker.campaigns.model
        status, members = campaigns.campaigns[alerted].status, len(campaigns.campaigns[alerted].accounts)
        cleared = len(campaigns.labels.accounts)
        took = written(stack, effects)
        letters = written(stack, "SELECT topic, key, reason FROM dead_letters")
        ids = written(stack, "SELECT toString(id) FROM labels WHERE entity_type = 'link'")
        row = written(stack, f"SELECT status FROM campaigns FINAL WHERE campaign_id = '{alerted}'")
    assert took == [(SECRET, "", ""), (alerted, "alert", "cleared"), ("person-1", "", "")]
    assert [letter[:2] for letter in letters] == [("labels", ids[0][0])]
    assert "made the label model raise KeyError at test_poison_labels.py:" in letters[0][2]
    assert SECRET not in letters[0][2]
    assert (status, members, cleared) == ("cleared", 30, 1)
    assert row == [("cleared",)]


async def test_a_poison_label_does_not_keep_a_worker_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with local_stack(SETTINGS, tmp_path / "store") as stack:
        say(stack, ("account", "person-1", "benign"), ("campaign", SECRET, "benign"))
    monkeypatch.setattr(CampaignModel, "learn_labels", raising(lambda _: True))
    async with local_stack(SETTINGS, tmp_path / "store", labels=True) as stack:
        await eventually(lambda: stack.worker.progress.dead_letters == 1, "it is put aside")
        await eventually(
            lambda: written(stack, "SELECT count() FROM label_effects FINAL") == [(2,)], "both were read", 60
        )
        produce(stack.bootstrap, [Maker(1).event("a", 1)])
        await eventually(lambda: stack.worker.progress.events == 1, "the stream goes on")
        assert {one.model: one.poisoned for one in stack.worker.tolerances}["label"] == 1
