"""`up` on the store of an earlier run: what it finds holds, and does not take back what the earlier one knew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from clickhouse_connect.driver.client import Client
from msgspec.structs import replace

from models.campaign.model import CampaignModel
from models.event import Event
from models.policy import Policy
from streams.agents.campaign_state import CampaignState
from streams.agents.standing import Standing
from streams.settings import Settings
from streams.stack.local import local_stack
from streams.store.embedded import EmbeddedStore
from tests.producing import produce
from tests.streams.stack.test_labels import EVENTS, LABEL, POOL, SETTINGS, handled

pytestmark = pytest.mark.embedded

HALF = len(EVENTS) // 2
# So few false alarms that nothing is more than watched.
WATCHING = replace(SETTINGS, detection=Policy(population_sample=512, false_alarms_per_month=1e-300))
LONG = 1000
CAMPAIGNS = "SELECT campaign_id, status, accounts, toUnixTimestamp64Milli(last_ts), version FROM campaigns FINAL"
MEMBERS = "SELECT account_id, version FROM campaign_members FINAL WHERE active"


async def run(store: Path, events: Sequence[Event], settings: Settings = SETTINGS, *, labels: bool = False) -> None:
    async with local_stack(settings, store, labels=labels) as stack:
        produce(stack.bootstrap, events)
        await handled(stack, len(events))


class Row(NamedTuple):
    """A campaign of the table; times in epoch milliseconds."""

    status: str
    accounts: int
    last_ts: int
    version: int


def read(client: Client) -> tuple[dict[str, Row], dict[str, int]]:
    """Return the campaigns by id, and the version of each member."""
    campaigns = {name: Row(*rest) for name, *rest in client.query(CAMPAIGNS).result_rows}
    return campaigns, dict(client.query(MEMBERS).result_rows)


async def test_a_restart_neither_hides_behind_an_earlier_run_nor_takes_its_alerts_back(tmp_path: Path) -> None:
    store = tmp_path / "store"
    await run(store, EVENTS[:HALF])
    with EmbeddedStore(store) as opened, opened.client() as client:
        for table in ("campaigns", "campaign_members"):  # as after many changes
            client.command(f"INSERT INTO {table} SELECT * REPLACE (version + {LONG} AS version) FROM {table} FINAL")
        first, members = read(client)
        [which] = first

    await run(store, EVENTS[HALF : HALF + HALF // 2], WATCHING)
    with EmbeddedStore(store) as opened, opened.client() as client:
        assert read(client) == (first, members), "who has seen less takes nothing back"

    await run(store, EVENTS[HALF:])
    with EmbeddedStore(store) as opened, opened.client() as client:
        again, members = read(client)
    highest = first[which].version
    assert (again[which].status, again[which].last_ts > first[which].last_ts) == ("alert", True)
    assert again[which].version > highest
    assert members.keys() == set(POOL)
    assert min(members.values()) > highest


async def test_a_label_does_not_put_the_little_that_a_restart_saw_in_place_of_evidence(tmp_path: Path) -> None:
    store, said = tmp_path / "store", "SELECT confidence, score FROM alerts FINAL"
    await run(store, EVENTS[:HALF])
    with EmbeddedStore(store) as opened, opened.client() as client:
        first, alert = read(client), client.query(said).result_rows
        [which] = first[0]
        client.command(f"{LABEL}) VALUES ('campaign', '{which}', 'distillation', 'ana', 'one operator')")

    await run(store, EVENTS[HALF : HALF + HALF // 2], WATCHING, labels=True)
    with EmbeddedStore(store) as opened, opened.client() as client:
        assert read(client) == first
        assert client.query(said).result_rows == alert
        assert alert[0][0] > 0.5

    await run(store, [one for one in EVENTS[HALF:] if one.account_id not in POOL[40:]], labels=True)
    with EmbeddedStore(store) as opened, opened.client() as client:
        assert read(client)[0][which].accounts == 40, "what this run knows"
        [(accounts, events)] = client.query(
            "SELECT accounts, events FROM v_campaigns WHERE status = 'alert'"
        ).result_rows
        members = client.query("SELECT count(), sum(events) FROM v_members WHERE status = 'alert'").result_rows
    assert (accounts, events) == members[0]
    assert accounts == len(POOL), "who was a member still is"


def test_on_kafka_what_was_put_back_knows_best() -> None:
    standing = Standing(7, frozenset({"C-1"}))
    for anew in (True, False):
        state = CampaignState(CampaignModel())
        state.go_on_from(standing, anew=anew)
        assert (state.beyond, state.unmatched) == (7, {"C-1"} if anew else set())
