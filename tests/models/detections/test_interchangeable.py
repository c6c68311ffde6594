"""Variation between members, less what chance adds, against that between accounts at large."""

import numpy as np
import pytest

from models.detections.between import between_variance
from models.detections.case import Case
from models.detections.even_answers import EvenAnswers
from models.detections.even_load import DAY_MS, EvenLoad
from models.detections.interchangeable import DRAWS, InterchangeableMembers
from models.detections.one_queue import OneQueue
from models.links import LinkKind
from models.population import Reference
from models.sighting import OWNER, SIGHTING, Owners

ALL = [EvenLoad(), EvenAnswers(), OneQueue()]


def accounts(n: int, spread: float, rng: np.random.Generator, requests: int = 16) -> Owners:
    """Accounts whose rates, lengths and subjects differ by `spread`, as they are known at their last request."""
    owners = np.zeros(n, OWNER)
    owners["account"] = np.arange(1, n + 1)
    owners["openings"] = owners["events"] = owners["contents"] = requests
    rates = 20.0 * np.exp(spread * rng.normal(size=n))
    owners["last"] = DAY_MS + (DAY_MS * rng.gamma(requests - 1, 1.0, n) / rates).astype(int)
    owners["first"] = DAY_MS
    owners["output_var"] = 1.0
    owners["output_mean"] = 5.0 + spread * rng.normal(size=n) + rng.normal(size=n) / np.sqrt(requests)
    interests = spread * rng.normal(size=(n, 1, 64))
    prompts = 0.5 + interests + rng.normal(size=(n, requests, 64))
    prompts /= np.linalg.norm(prompts, axis=2, keepdims=True)
    total = prompts.sum(axis=1)
    squared = np.square(total).sum(axis=1)
    owners["cohesion"] = (squared - requests) / (requests * (requests - 1))
    owners["content"] = np.round(127 * total / np.sqrt(squared)[:, None])
    return owners


def case_of(owners: Owners) -> Case:
    members = np.zeros(len(owners), SIGHTING)
    members["owner"] = owners
    return Case(members, 3 * DAY_MS, frozenset({LinkKind.TEMPLATE}))


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(accounts(1000, 1.0, np.random.default_rng(0)))


@pytest.mark.parametrize("detection", ALL, ids=lambda one: one.id)
def test_members_that_are_one_anothers_like_stand_out(detection: InterchangeableMembers, reference: Reference):
    pool = detection.measure(case_of(accounts(40, 0.0, np.random.default_rng(1))), reference)
    assert pool is not None
    assert pool.z > 1.5
    assert detection.title in pool.words


@pytest.mark.parametrize("detection", ALL, ids=lambda one: one.id)
@pytest.mark.parametrize("seed", range(5))
def test_accounts_like_any_others_do_not(detection: InterchangeableMembers, reference: Reference, seed: int):
    crowd = detection.measure(case_of(accounts(40, 1.0, np.random.default_rng(10 + seed))), reference)
    assert crowd is not None
    assert crowd.z < 1.7


@pytest.mark.parametrize("detection", ALL, ids=lambda one: one.id)
def test_a_few_requests_cannot_look_more_even_than_they_can_show(
    detection: InterchangeableMembers, reference: Reference
):
    few = detection.measure(case_of(accounts(40, 0.0, np.random.default_rng(2), requests=2)), reference)
    many = detection.measure(case_of(accounts(40, 0.0, np.random.default_rng(2), requests=64)), reference)
    assert few is not None
    assert many is not None
    assert few.z <= many.z


@pytest.mark.parametrize("detection", ALL, ids=lambda one: one.id)
def test_many_groups_at_once_are_groups_one_by_one(detection: InterchangeableMembers, reference: Reference):
    groups = np.random.default_rng(3).integers(1000, size=(DRAWS, 30))
    alone = [detection.log_variations(reference.owners, DAY_MS, one[None, :])[0] for one in groups]
    np.testing.assert_allclose(detection.log_variations(reference.owners, DAY_MS, groups), alone, rtol=1e-12)


@pytest.mark.parametrize("detection", ALL, ids=lambda one: one.id)
def test_without_data_nothing_is_said(detection: InterchangeableMembers, reference: Reference):
    assert detection.measure(case_of(np.zeros(40, OWNER)), reference) is None
    assert detection.measure(case_of(reference.owners[:40]), Reference(reference.owners[:10])) is None


def test_between_variance_is_what_chance_leaves():
    rng = np.random.default_rng(4)
    errors = rng.uniform(0.05, 0.5, size=(1, 20_000))
    values = 0.6 * rng.normal(size=errors.shape) + np.sqrt(errors) * rng.normal(size=errors.shape)
    assert between_variance(values, errors, 5)[0] == pytest.approx(0.36, rel=0.05)


@pytest.mark.parametrize("detection", ALL, ids=lambda one: one.id)
def test_one_account_more_in_the_reference_hardly_matters(detection: InterchangeableMembers):
    """Which accounts are drawn must not hang on who else is in the sample: verdicts would, too."""
    everyone = accounts(1000, 1.0, np.random.default_rng(3))
    everyone["account"] = np.sort(np.random.default_rng(4).integers(1, 2**64 - 1, size=1000, dtype=np.uint64))
    crowd = case_of(accounts(40, 0.5, np.random.default_rng(5)))
    whole, but_one = detection.measure(crowd, Reference(everyone)), detection.measure(crowd, Reference(everyone[1:]))
    assert whole is not None
    assert but_one is not None
    assert but_one.z == pytest.approx(whole.z, abs=0.05)
