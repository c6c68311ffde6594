"""A worker's metrics: counted right, all of them in the alert rules' words, each rule with a runbook."""

import asyncio
import re
from pathlib import Path

import aiohttp
import msgspec

from streams.agents.concerns import CONCERNS, concerns_in
from streams.agents.metrics_server import metrics_served
from streams.settings import Settings
from streams.stack.check import State
from streams.stack.local import local_stack
from streams.stack.worker_checks import _check_metrics
from tests.models.streams_of import START, Maker
from tests.producing import produce
from tests.streams.bus.waiting import eventually

ROOT = Path(__file__).parents[3]
RULES = (ROOT / "infra" / "prometheus" / "rules.yml").read_text()
RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text()


def test_every_rule_has_a_runbook_and_every_runbook_a_rule() -> None:
    assert sorted(re.findall(r"alert: (\w+)", RULES)) == sorted(re.findall(r"^## (\w+)", RUNBOOKS, re.MULTILINE))


def test_every_concern_has_its_rule_and_every_rule_is_about_one() -> None:
    rules = dict(re.findall(r"alert: (\w+)\n +expr: (.+)", RULES))
    for one in CONCERNS:
        assert one.rule is None or f"stillwatch_{one.of or one.metric}" in rules[one.rule], one
    assert set(rules) - {one.rule for one in CONCERNS} == {"StillwatchNoWorkers"}, "which shows nothing at all"


async def test_what_a_worker_shows(tmp_path: Path) -> None:
    maker = Maker(1)
    events = [msgspec.json.encode(maker.event(f"a{n % 7}", START + 1000 * n)) for n in range(100)]
    settings = Settings(partitions=1, insert_seconds=0.2)
    async with local_stack(settings, tmp_path / "store") as stack:
        produce(stack.bootstrap, [*events, events[0], b"{"])
        await eventually(lambda: stack.worker.progress.dead_letters == 1, "one is put aside")
        await stack.worker.commit()
        async with metrics_served(stack.worker, 0) as port, aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
                text = await answer.text()
            async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                assert answer.status == 200
            doctor = await asyncio.to_thread(_check_metrics, port)
    shown = dict(re.findall(r"^(stillwatch_\S+) (\S+)$", text, re.MULTILINE))
    assert shown['stillwatch_events_total{outcome="fresh"}'] == "100.0"
    assert shown['stillwatch_events_total{outcome="repeated"}'] == "1.0"
    assert shown['stillwatch_events_total{outcome="refused"}'] == "1.0"
    assert shown['stillwatch_accounts{partition="0"}'] == "7.0"
    assert shown["stillwatch_alive"] == "1.0"
    names = {name.partition("{")[0] for name in shown}
    later = {"link_owners", "population"}  # with the first sightings, and the first evidence
    assert set(re.findall(r"stillwatch_\w+", RULES)) <= names | {f"stillwatch_{name}" for name in later}
    assert concerns_in(text).keys() | later == {one.metric for one in CONCERNS}
    assert doctor.state is State.OK
    assert all(f"{name} " in doctor.seen for name in concerns_in(text))
