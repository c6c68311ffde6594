"""Fifty labels help on a stream that they are not of; those taken back leave no trace."""

import pytest

from models.campaign.labels import Label
from tests.quality.plan import Plan
from tests.quality.teaching import LESSONS, TRAINING, Lesson, Teacher, score

LABELS = 50


@pytest.fixture(scope="module")
def teacher() -> Teacher:
    return Teacher([Lesson.of(Plan(str(LESSONS), 1.0, seed)) for seed in TRAINING])


def test_fifty_labels_make_verdicts_better_and_nothing_worse(teacher: Teacher) -> None:
    held_back, said = [Lesson.of(Plan(str(LESSONS), 1.0, 5))], teacher.campaigns[:LABELS]
    taken_back = [Label(one.entity_type, one.entity_id, None, ts=2) for one in said]
    untaught, taught = score(held_back, teacher, []), score(held_back, teacher, said)
    assert taught.labels == LABELS
    assert taught.false_alarms <= untaught.false_alarms
    assert taught.pools >= untaught.pools
    assert taught.pools - taught.false_alarms > untaught.pools - untaught.false_alarms
    unlearnt = score(held_back, teacher, [*said, *taken_back])
    assert unlearnt == untaught
