"""What analysts say changes campaigns, and what is taken back changes them back."""

from collections.abc import Iterator

import pytest

from models.campaign.campaign import Campaign
from models.campaign.labels import Label
from models.event import Event
from models.links import stable_hash
from models.pipeline import Pipeline
from models.policy import Policy
from tests.models.streams_of import Maker, in_order

POOL = [f"pool-{i}" for i in range(60)]
POLICY = Policy(population_sample=512)
EVENTS = in_order(Maker(seed=1).crowd(400, days=2) + list(Maker(seed=2).pool(POOL, days=2, rate=26)))


def feed(pipeline: Pipeline, events: list[Event] = EVENTS) -> None:
    for start in range(0, len(events), 500):
        pipeline.process(events[start : start + 500])


@pytest.fixture
def pipeline() -> Iterator[Pipeline]:
    made = Pipeline(POLICY)
    feed(made)
    return made


@pytest.fixture
def found(pipeline: Pipeline) -> Campaign:
    (campaign,) = [one for one in pipeline.campaigns.campaigns.values() if one.status == "alert"]
    return campaign


def say(pipeline: Pipeline, entity_type, entity_id, verdict) -> tuple[set[str], set[str]]:
    """Return the ids of the campaigns that a label changed, and of those that it made alert."""
    update = pipeline.campaigns.learn_label(Label(entity_type, entity_id, verdict, ts=1))
    return {one.id for one in update.changed}, {one.id for one in update.alerts}


def members(pipeline: Pipeline, campaign: Campaign) -> set[str]:
    return {pipeline.names[account] for account in campaign.members["owner"]["account"].tolist()}


@pytest.mark.parametrize("verdict", ["benign", "permitted"])
def test_a_cleared_campaign_teaches_what_is_normal_again(pipeline, found, verdict):
    normal = set(pipeline.campaigns.population.reference(pipeline.campaigns.suspects).owners["account"].tolist())
    assert not normal & found.accounts
    version = found.version
    assert say(pipeline, "campaign", found.id, verdict) == ({found.id}, set())
    assert (found.status, found.version > version) == ("cleared", True)
    again = pipeline.campaigns.population.reference(pipeline.campaigns.suspects)
    assert not found.accounts & pipeline.campaigns.suspects
    pipeline.campaigns.learn_population(found.members["owner"])
    again = pipeline.campaigns.population.reference(pipeline.campaigns.suspects)
    assert set(again.owners["account"].tolist()) & found.accounts


def test_a_label_taken_back_leaves_what_the_evidence_says(pipeline, found):
    say(pipeline, "campaign", found.id, "benign")
    assert say(pipeline, "campaign", found.id, None) == ({found.id}, set())
    assert found.status == "alert"
    assert found.accounts <= pipeline.campaigns.suspects


def test_a_campaign_that_was_cleared_before_it_is_known_never_alerts(found):
    pipeline = Pipeline(POLICY)
    say(pipeline, "campaign", found.id, "permitted")
    feed(pipeline)
    same = pipeline.campaigns.campaigns[found.id]
    assert (same.status, same.first_alert_ts) == ("cleared", None)
    assert [one for one in pipeline.campaigns.campaigns.values() if one.status == "alert"] == []


def test_a_confirmed_campaign_alerts_on_the_analysts_word_alone(pipeline, found):
    quiet = Pipeline(Policy(population_sample=512, false_alarms_per_month=1e-12))
    feed(quiet)
    watched = quiet.campaigns.campaigns[found.id]
    assert watched.status == "watch"
    assert say(quiet, "campaign", found.id, "distillation") == ({found.id}, {found.id})
    assert (watched.status, watched.events_at_first_alert) == ("alert", watched.members["owner"]["events"].sum())
    assert say(quiet, "campaign", found.id, "distillation") == ({found.id}, set()), "it alerts once"
    say(quiet, "campaign", found.id, None)
    assert (watched.status, watched.first_alert_ts, quiet.campaigns.suspects) == ("watch", None, set())


def test_an_account_that_is_cleared_leaves_and_comes_back(pipeline, found):
    assert members(pipeline, found) == set(POOL)
    assert say(pipeline, "account", "pool-7", "benign") == ({found.id}, set())
    assert members(pipeline, found) == set(POOL) - {"pool-7"}
    maker, prompt = Maker(seed=5), next(event.templates for event in EVENTS if event.account_id == "pool-7")
    feed(pipeline, [maker.event("pool-7", EVENTS[-1].ts + i, templates=prompt) for i in range(200)])
    assert members(pipeline, found) == set(POOL) - {"pool-7"}, "sightings under way do not undo it"
    say(pipeline, "account", "pool-7", None)
    assert members(pipeline, found) == set(POOL)


def test_a_confirmed_account_teaches_nobody(pipeline):
    say(pipeline, "account", "person-3", "distillation")
    taught = pipeline.campaigns.population.reference(pipeline.campaigns.suspects)
    assert stable_hash("person-3") not in taught.owners["account"].tolist()


def test_a_campaign_is_cleared_when_all_its_links_are(pipeline, found):
    keys = [f"{key:016x}" for key, _ in found.links]
    for key in keys[:-1]:
        say(pipeline, "link", key, "benign")
    assert found.status == "alert"
    say(pipeline, "link", keys[-1], "benign")
    assert found.status == "cleared"
    say(pipeline, "link", keys[0], None)
    assert found.status == "alert"


def test_labels_of_what_nobody_knows_change_nothing(pipeline, found):
    for entity_type, entity_id in (("account", "nobody"), ("campaign", "C-none"), ("link", "not-hex")):
        assert say(pipeline, entity_type, entity_id, "benign") == (set(), set())
    assert found.status == "alert"


def test_ten_thousand_labels_at_once_touch_each_campaign_once(pipeline, found):
    version = found.version
    labels = [Label("account", name, "benign", ts=1) for name in (*POOL, *(f"other-{i}" for i in range(10_000)))]
    update = pipeline.campaigns.learn_labels(labels)
    assert [one.id for one in update.changed] == [found.id]
    assert (len(found.members), found.version) == (0, version + 1)


def test_an_indicated_link_lowers_what_its_group_needs_and_alone_alerts_nobody(found):
    plain, told = Pipeline(POLICY), Pipeline(POLICY)
    told.campaigns.indicated = frozenset(key for key, _ in found.links)
    for pipeline in (plain, told):
        feed(pipeline)
    before, after = (one.campaigns.campaigns[found.id].opinion.threshold for one in (plain, told))
    assert after == pytest.approx(before / 3, rel=0.1)
    crowd = Pipeline(POLICY)
    crowd.campaigns.indicated = frozenset(int(key, 16) for event in EVENTS for key in event.templates)
    feed(crowd, [event for event in EVENTS if event.account_id not in POOL])
    assert [one for one in crowd.campaigns.campaigns.values() if one.status == "alert"] == []
