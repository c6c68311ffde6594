"""`python -m tests.quality.teaching`: what analysts' labels add, learnt on some seeds and measured on others.

The stream (`lessons.toml`) is of cases that are known to be hard: programs whose users are as even as a pool, which
alert by mistake, and pools that are too small, or do too little, to be found. An analyst labels what is shown to be
most like a campaign, highest risk first, or accounts of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import click
import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table

from models.campaign.campaign import Campaign
from models.campaign.labels import Label
from models.campaign.model import CampaignModel
from models.links import stable_hash
from streams.evaluate.records import TruthRow
from tests.quality.plan import Plan
from tests.quality.rehearsal import Accounts, Step, conclude
from tests.quality.stream import Stream

LESSONS = Path(__file__).with_name("lessons.toml")
RESULTS = Path("build/teaching.json")
TRAINING, HELD_BACK = (1, 2, 3, 4, 9), (5, 6, 7, 8)
# What an analyst would not look at: a group whose evidence is worth less than a fifth of an alert.
DULL = 0.15
SURE = ((0.999, "99.9 % and more"), (0.9, "90 to 99.9 %"), (0.0, "below 90 %"))


class Lesson(NamedTuple):
    """A stream, with the truth on its accounts by hash."""

    steps: list[Step]
    truth: dict[int, TruthRow]

    @classmethod
    def of(cls, plan: Plan) -> Lesson:
        """Draw the stream of a plan."""
        stream = Stream(plan)
        steps = list(Accounts(stream.facts).steps(stream.slices()))
        return cls(steps, {stable_hash(name): row for name, row in stream.truth().items()})

    def campaign_of(self, found: Campaign) -> str | None:
        """Return the true campaign of most members; None where most are benign."""
        return Counter(self.truth[account].campaign for account in found.accounts).most_common(1)[0][0]


class Score(msgspec.Struct):
    """What came out on held-back streams.

    Attributes:
        labels: How many are in force.
        false_alarms: Alerts whose members are mostly benign.
        pools: True campaigns that most members of an alert are of.
        accounts, benign: Accounts of true campaigns, and of nobody's, that are in an alert.
        exchanges: Of the members of true alerts, before those.
        sure: By confidence, alerts and those of them that are right.
    """

    labels: int
    false_alarms: int = 0
    pools: int = 0
    accounts: int = 0
    benign: int = 0
    exchanges: int = 0
    sure: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)


class Teacher:
    """Labels, one by one of each lesson in turn, what models find in `lessons`."""

    def __init__(self, lessons: Sequence[Lesson]) -> None:
        self.found = [conclude(one.steps) for one in lessons]
        pairs = [_labels(lesson, model) for lesson, model in zip(lessons, self.found, strict=True)]
        self.campaigns = [one for some in zip_longest(*(pair[0] for pair in pairs)) for one in some if one]
        self.accounts = [one for some in zip_longest(*(pair[1] for pair in pairs)) for one in some if one]

    def taught(self, labels: Sequence[Label]) -> CampaignModel:
        """Return a model without a stream that has learnt `labels`."""
        made = CampaignModel()
        for label in labels:
            made.labels.learn(label)
        tables = [model.book.table for model in self.found]
        owners = np.concatenate([table.rows["owner"][: table.used] for table in tables])
        known = {name: one for model in self.found for name, one in model.campaigns.items()}
        made.lessons.study(made.labels, known, owners, self.found[0].population.reference(set()))
        return made


def score(lessons: Sequence[Lesson], teacher: Teacher, labels: Sequence[Label]) -> Score:
    """Measure what `labels` do on `lessons` that they are not of."""
    in_force = {(one.entity_type, one.entity_id): one.verdict for one in labels}
    result = Score(sum(verdict is not None for verdict in in_force.values()))
    for lesson in lessons:
        model = conclude(lesson.steps, model=teacher.taught(labels))
        alerted = [one for one in model.campaigns.values() if one.status == "alert"]
        whose = [lesson.campaign_of(one) for one in alerted]
        members = {account for one in alerted for account in one.accounts}
        flagged = sum(lesson.truth[account].campaign is not None for account in members)
        result.false_alarms += whose.count(None)
        result.pools += len({one for one in whose if one is not None})
        for one, of in zip(alerted, whose, strict=True):
            level = next(name for least, name in SURE if one.opinion.confidence >= least)
            alerts, right = result.sure.get(level, (0, 0))
            result.sure[level] = (alerts + 1, right + (of is not None))
        result.accounts += flagged
        result.benign += len(members) - flagged
        result.exchanges += sum(one.events_at_first_alert or 0 for one, of in zip(alerted, whose, strict=True) if of)
    return result


def mistaken(labels: Sequence[Label], wrong: int) -> list[Label]:
    """Return labels of which `wrong`, spread evenly, say the opposite."""
    places = {round(at * len(labels) / wrong) for at in range(wrong)} if wrong else set()
    return [_opposite(one) if at in places else one for at, one in enumerate(labels)]


def _opposite(label: Label) -> Label:
    return _said(label.entity_type, label.entity_id, distillation=label.verdict == "benign")


def _labels(lesson: Lesson, model: CampaignModel) -> tuple[list[Label], list[Label]]:
    """Return what an analyst says of the campaigns found in a lesson, and of one account of each."""
    shown = [one for one in model.campaigns.values() if one.status in ("alert", "watch") and one.opinion.risk >= DULL]
    shown.sort(key=lambda one: (-one.opinion.risk, one.id))
    campaigns, accounts = [], []
    for one in shown:
        if len(one.members):
            campaigns.append(_said("campaign", one.id, distillation=lesson.campaign_of(one) is not None))
            row = lesson.truth[int(one.members["owner"]["account"][0])]
            accounts.append(_said("account", row.account_id, distillation=row.campaign is not None))
    return campaigns, accounts


def _said(entity_type, entity_id: str, *, distillation: bool) -> Label:
    return Label(entity_type, entity_id, "distillation" if distillation else "benign", ts=1)


@click.command()
@click.option("--labels", default=50, show_default=True, help="Labels that an analyst gives at most.")
@click.option("--wrong", default=5, show_default=True, help="Of them, those that are mistaken in one of the rows.")
@click.option("--shipped", default="demo:0.4:61", show_default=True, help="A stream unlike those taught.")
def main(labels: int, wrong: int, shipped: str) -> None:
    """Teach on five seeds and measure on four others: about two minutes on one core."""
    teacher = Teacher([Lesson.of(Plan(str(LESSONS), 1.0, seed)) for seed in TRAINING])
    held_back = [Lesson.of(Plan(str(LESSONS), 1.0, seed)) for seed in HELD_BACK]
    said = teacher.campaigns[:labels]
    taken_back = [Label(one.entity_type, one.entity_id, None, ts=2) for one in said]
    rows = {
        "nothing": score(held_back, teacher, []),
        f"{len(said) // 5} labels of campaigns": score(held_back, teacher, said[: len(said) // 5]),
        f"{len(said)} labels of campaigns": score(held_back, teacher, said),
        f"{labels} labels of accounts": score(held_back, teacher, teacher.accounts[:labels]),
        f"{labels} labels, half of either": score(
            held_back, teacher, said[: labels // 2] + teacher.accounts[: labels // 2]
        ),
        f"{len(said)} labels, {wrong} of them wrong": score(held_back, teacher, mistaken(said, wrong)),
        "all wrong": score(held_back, teacher, mistaken(said, len(said))),
        f"{len(said)} labels, all taken back": score(held_back, teacher, [*said, *taken_back]),
    }
    other = [Lesson.of(Plan.of(shipped, 61))]
    rows[f"{shipped}, nothing"] = score(other, teacher, [])
    rows[f"{shipped}, {len(said)} labels"] = score(other, teacher, said)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=1))
    _show(rows)


def _show(rows: dict[str, Score]) -> None:
    table = Table(
        "taught", "false alarms", "benign accounts in them", "pools found", "their accounts", "exchanges before"
    )
    for taught, one in rows.items():
        numbers = (one.false_alarms, one.benign, one.pools, one.accounts, one.exchanges)
        table.add_row(taught, *(f"{number:,}" for number in numbers))
    sure = Table("taught", *(f"{name} sure" for _, name in SURE), title="Alerts, and of them right")
    for taught, one in rows.items():
        sure.add_row(taught, *("{1} of {0}".format(*one.sure.get(name, (0, 0))) for _, name in SURE))
    Console().print(table, sure)


if __name__ == "__main__":
    main()
