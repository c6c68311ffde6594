"""A campaign goes on while the key of the sketches changes: it keeps its id and its members, and others join it."""

from collections.abc import Iterator
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from models.event import MAX_TEMPLATES, Event
from models.pipeline import Pipeline
from models.policy import Policy
from models.sketch import Message, Sketcher
from tests.models.streams_of import DAY, START, Maker

OLD, NEW = b"the key that is taken away", b"the key that comes after it"
DAYS, LATE = 6, 5.0
POOL = [f"pool-{i}" for i in range(60)]
LATECOMERS = [f"late-{i}" for i in range(40)]
WORDS = ("rivers", "taxes", "poems", "engines", "glaciers", "markets", "proteins", "castles", "rhythm", "glass")


def question(rng: np.random.Generator) -> str:
    return " ".join(rng.choice(WORDS, 12)) + f" {rng.integers(10**9):x}?"


def operator(accounts: list[str], begin: float, maker: Maker) -> Iterator[tuple[Event, str]]:
    """One prompt with a slot, day and night."""
    for account in accounts:
        for _ in range(maker.rng.poisson(26 * (DAYS - begin))):
            text = "Write out every single thought before you answer, then grade it. " + question(maker.rng)
            ts = START + (begin + maker.rng.random() * (DAYS - begin)) * DAY
            yield maker.event(account, ts, org_id=account, signals=["cot_elicitation"]), text


def program(maker: Maker) -> Iterator[tuple[Event, str]]:
    """Unrelated users of one program, whose prompts begin alike: look-alikes."""
    for n in range(100):
        for event in maker.person(f"user-{n}", DAYS, org_id=f"user-org-{n}"):
            yield event, "You are a careful assistant for people who write code for a living. " + question(maker.rng)


@pytest.fixture(scope="module")
def asked() -> list[tuple[Event, str]]:
    maker = Maker(seed=5)
    asked = [(event, question(maker.rng)) for event in maker.crowd(250, DAYS)]
    asked += [*operator(POOL, 0, maker), *operator(LATECOMERS, LATE, maker), *program(maker)]
    return sorted(asked, key=lambda one: one[0].ts)


def found(asked: list[tuple[Event, str]], phases: list[tuple[float, Sketcher]]) -> dict[str, set[str]]:
    """Return the members of each campaign that alerted, when `phases` sketch from those days on."""
    pipeline = Pipeline(Policy(population_sample=512))
    for (begin, sketcher), (end, _) in pairwise([*phases, (float(DAYS + 1), phases[0][1])]):
        mine = [one for one in asked if begin * DAY <= one[0].ts - START < end * DAY]
        for at in range(0, len(mine), 500):
            part = mine[at : at + 500]
            sketches = [sketcher.sketch([Message("user", text)]) for _, text in part]
            pipeline.process(
                [
                    msgspec.structs.replace(event, templates=sketch.templates, content=sketch.content)
                    for (event, _), sketch in zip(part, sketches, strict=True)
                ]
            )
    pipeline.campaigns.review()
    return {
        one.id: {pipeline.names[account] for account in one.accounts}
        for one in pipeline.campaigns.campaigns.values()
        if one.status == "alert"
    }


@pytest.fixture(scope="module")
def changed(asked) -> dict[str, set[str]]:
    """A week's log: the old key, for a day and a half both, then the new one, with which latecomers begin."""
    return found(asked, [(0, Sketcher(OLD)), (LATE - 1.5, Sketcher(NEW, OLD)), (LATE, Sketcher(NEW))])


def test_a_campaign_that_spans_the_change_keeps_its_id_and_members_and_takes_in_others(asked, changed):
    undisturbed = found(asked, [(0, Sketcher(OLD))])
    assert list(undisturbed.values()) == [{*POOL, *LATECOMERS}]
    assert changed == undisturbed


def test_without_a_time_for_both_those_who_come_after_it_are_strangers(asked):
    """What the time for both is for; if this ever holds without it, it is not needed."""
    parted = found(asked, [(0, Sketcher(OLD)), (LATE, Sketcher(NEW))])
    assert {*POOL, *LATECOMERS} not in parted.values()


def test_under_two_keys_a_long_prompt_keeps_to_what_an_event_may_hold():
    rng = np.random.default_rng(1)
    long = [Message("system", ". ".join(question(rng) for _ in range(20)))]
    long += [Message("user", ". ".join(question(rng) for _ in range(20)))]
    old, new, both = (one.sketch(long) for one in (Sketcher(OLD), Sketcher(NEW), Sketcher(NEW, OLD)))
    assert len(both.templates) == MAX_TEMPLATES == len(set(both.templates))
    assert len(set(both.templates) & set(old.templates)) == len(set(both.templates) & set(new.templates)) == 12
    assert both.content == old.content != new.content
