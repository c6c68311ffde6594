"""Labels teach, within bounds, and what is taken back is unlearnt."""

import math
from itertools import permutations

import numpy as np
import pytest

from models.campaign.labels import Label
from models.campaign.learner import LEAST, MOST, Example, Learner
from models.pipeline import Pipeline
from tests.models.campaign.test_labels import POLICY, POOL, feed

RNG = np.random.default_rng(3)


def examples(n: int, shift: float = 1.5) -> list[Example]:
    """Distillation and benign by turns, apart by `shift` in two of four features."""
    made = []
    for order in range(n):
        values = RNG.normal(size=4) + (shift if order % 2 else -shift) * np.array([1, 1, 0, 0])
        made.append(Example(order, dict(zip("abcd", values.tolist(), strict=True)), order % 2 == 1))
    return made


def test_without_examples_of_both_verdicts_nothing_is_said():
    learner = Learner()
    for one_sided in ([], [e for e in examples(40) if e.distillation], [e for e in examples(40) if not e.distillation]):
        learner.fit(one_sided)
        assert [learner.log_factor(one.features) for one in examples(6)] == [0.0] * 6


def test_fifty_labels_tell_what_was_not_labelled():
    learner = Learner()
    learner.fit(examples(50))
    told = [(one.distillation, learner.log_factor(one.features) > 0) for one in examples(200)]
    assert sum(said == true for true, said in told) >= 190


def test_order_is_no_matter():
    some = examples(5)
    said = set()
    for order in permutations(some):
        learner = Learner()
        learner.fit(order)
        said.add(learner.log_factor(some[0].features))
    assert len(said) == 1


def test_the_factor_is_bounded_and_fair_to_benign_groups():
    learner = Learner()
    learner.fit(examples(60, shift=0.3))
    factors = [(one.distillation, math.exp(learner.log_factor(one.features))) for one in examples(2000, shift=0.3)]
    assert all(LEAST <= factor <= MOST for _, factor in factors)
    assert np.mean([factor for distillation, factor in factors if not distillation]) <= 1.1
    assert math.exp(learner.log_factor({"a": 1e9})) <= MOST


def test_one_wrong_label_among_fifty_turns_little():
    right = examples(50)
    wrong = [right[0]._replace(distillation=True), *right[1:]]
    true, misled = Learner(), Learner()
    true.fit(right)
    misled.fit(wrong)
    fresh = examples(200)
    turned = [one for one in fresh if (true.log_odds(one.features) > 0) != (misled.log_odds(one.features) > 0)]
    assert len(turned) <= 0.05 * len(fresh)


def test_arrays_are_judged_as_single_things_are():
    learner, some = Learner(), examples(30)
    learner.fit(some)
    values = np.array([list(one.features.values()) for one in some])
    one_by_one = [learner.log_odds(one.features) for one in some]
    np.testing.assert_allclose(learner.log_odds_many("abcd", values), one_by_one, rtol=1e-6, atol=1e-6)


@pytest.fixture(scope="module")
def fed() -> Pipeline:
    made = Pipeline(POLICY)
    feed(made)
    return made


def labels_of_accounts() -> list[Label]:
    confirmed = [Label("account", name, "distillation", ts=1) for name in POOL[:6]]
    return confirmed + [Label("account", f"person-{i}", "benign", ts=1) for i in range(30)]


def test_labels_of_accounts_weigh_on_groups_and_can_be_taken_back(fed: Pipeline):
    model = fed.campaigns
    (found,) = [one for one in model.campaigns.values() if one.status == "alert"]
    before = found.opinion
    assert before.learnt == 1.0
    model.learn_labels(labels_of_accounts())
    assert model.lessons.labels > 6
    assert found.opinion.learnt > 1.0
    model.learn_labels([Label("account", one.entity_id, None, ts=2) for one in labels_of_accounts()])
    assert (model.lessons.labels, found.opinion.learnt) == (0, 1.0)
    assert found.opinion.wealth == pytest.approx(before.wealth)


def test_labels_heard_before_the_evidence_teach_the_same(fed: Pipeline):
    after, before = fed.campaigns, Pipeline(POLICY)
    after.learn_labels(labels_of_accounts())
    before.campaigns.learn_labels(labels_of_accounts())
    feed(before)
    before.campaigns.study()
    found = [one for one in after.campaigns.values() if one.status == "alert"]
    again = [before.campaigns.campaigns[one.id] for one in found]
    assert [one.status for one in again] == ["alert"] * len(found)
    assert [one.opinion.learnt for one in again] == pytest.approx([one.opinion.learnt for one in found], rel=0.2)
