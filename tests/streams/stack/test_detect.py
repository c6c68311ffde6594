"""The main job by the command line, on the embedded broker and on Apache Kafka: the campaign, the same on both."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from confluent_kafka.admin import AdminClient

from streams.bus.broker import LocalBroker
from tests.command import ask, rows, stillwatch

pytestmark = pytest.mark.embedded

# Some 1,000 accounts and 30,000 events in two days, of which 120 are the campaign.
SCALE, SEED = 0.4, 0


class Traffic(NamedTuple):
    """Files of a simulation, and what is true about them."""

    events: Path
    facts: Path
    campaign: frozenset[str]
    exchanges: Counter[str]


class Run(NamedTuple):
    """What `detect` wrote."""

    out: Path
    printed: str

    def rows(self, name: str) -> list[dict[str, Any]]:
        return rows(self.out / f"{name}.ndjson")

    def verdicts(self) -> dict[str, str]:
        return {row["account_id"]: row["verdict"] for row in self.rows("accounts")}


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    folder = tmp_path_factory.mktemp("traffic")
    events, truth, facts = (folder / f"{name}.ndjson" for name in ("events", "truth", "facts"))
    stillwatch(
        "simulate", "demo", "--scale", SCALE, "--seed", SEED, "--out", events, "--truth", truth, "--facts", facts
    )
    seen = {row["event_id"]: row["account_id"] for row in rows(events)}
    exchanges = Counter(seen.values())
    return Traffic(
        events, facts, frozenset(row["account_id"] for row in rows(truth) if row["label"] == "campaign"), exchanges
    )


@pytest.fixture(scope="module")
def embedded(traffic: Traffic, tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp("embedded") / "out"
    done = stillwatch("detect", traffic.events, "--facts", traffic.facts, "--out", out)
    return Run(out, done.stdout)


@pytest.fixture(scope="module")
def on_kafka(traffic: Traffic, kafka_broker: LocalBroker, tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp("kafka") / "out"
    done = stillwatch("detect", traffic.events, "--facts", traffic.facts, "--out", out, kafka=kafka_broker.bootstrap)
    return Run(out, done.stdout)


@pytest.fixture(params=["embedded", pytest.param("on_kafka", marks=pytest.mark.kafka)])
def run(request: pytest.FixtureRequest) -> Run:
    """The run on each of the brokers."""
    found: Run = request.getfixturevalue(request.param)
    return found


def test_the_campaign_is_found_whole_and_nobody_else(run: Run, traffic: Traffic):
    flagged = {account for account, verdict in run.verdicts().items() if verdict == "campaign"}
    assert flagged <= traffic.campaign
    assert len(flagged) >= 0.95 * len(traffic.campaign)
    (campaign,) = run.rows("campaigns")
    assert set(campaign["members"]) == flagged
    assert campaign["first_alert_ts"] < campaign["last_ts"]
    assert campaign["campaign_id"] in run.printed
    assert "\x1b" not in run.printed  # a pipe gets no colours


def test_every_exchange_counts_once(run: Run, traffic: Traffic):
    assert {row["account_id"]: row["events"] for row in run.rows("accounts")} == traffic.exchanges
    summary = orjson.loads((run.out / "summary.json").read_bytes())
    lines = len(rows(traffic.events))
    assert summary["events"] == sum(traffic.exchanges.values())
    assert summary["duplicates"] == lines - summary["events"] > 0
    assert (summary["dead_letters"], summary["accounts"]) == (0, len(traffic.exchanges))
    assert summary["campaigns"] == len(run.rows("campaigns"))
    assert summary["alerts"] == len(run.rows("alerts"))


def test_accounts_are_what_the_store_says(run: Run):
    """The files by a way of their own: from the views that analysts use, not from the queries that wrote them."""
    stored = ask(
        run.out / "store",
        """
        SELECT e.account_id AS account_id, count() AS events,
               if(any(m.campaign_id) = '', NULL, any(m.campaign_id)) AS campaign_id, any(m.risk) AS risk
        FROM (SELECT DISTINCT event_id, account_id FROM api_events) AS e
        LEFT JOIN
        (
            SELECT m.account_id AS account_id, m.campaign_id AS campaign_id, c.risk AS risk
            FROM v_members AS m INNER JOIN v_campaigns AS c ON c.campaign_id = m.campaign_id
            WHERE c.status = 'alert'
        ) AS m ON m.account_id = e.account_id
        GROUP BY account_id
        """,
    )
    written = {row["account_id"]: row for row in run.rows("accounts")}
    assert {row["account_id"]: int(row["events"]) for row in stored} == {
        account: row["events"] for account, row in written.items()
    }
    assert {row["account_id"]: row["campaign_id"] for row in stored} == {
        account: row["campaign_id"] for account, row in written.items()
    }
    for row in stored:
        if row["campaign_id"] is not None:
            assert written[row["account_id"]]["risk"] == pytest.approx(row["risk"])


def test_campaigns_and_alerts_are_what_the_store_says(run: Run):
    store = run.out / "store"
    (stored,) = ask(
        store,
        "SELECT campaign_id, risk, accounts, detections, toUnixTimestamp64Milli(assumeNotNull(first_alert_ts)) AS at"
        " FROM v_campaigns WHERE status = 'alert'",
    )
    (written,) = run.rows("campaigns")
    assert (written["campaign_id"], written["accounts"]) == (stored["campaign_id"], int(stored["accounts"]))
    assert (written["first_alert_ts"], written["detections"]) == (int(stored["at"]), stored["detections"])
    assert written["risk"] == pytest.approx(stored["risk"])
    members = ask(store, f"SELECT account_id FROM v_members WHERE campaign_id = '{stored['campaign_id']}'")
    assert sorted(row["account_id"] for row in members) == written["members"]
    stored_alerts = ask(
        store,
        "SELECT alert_id, toUnixTimestamp64Milli(ts) AS ts, entity_type, entity_id, detection, severity, evidence"
        " FROM alerts FINAL ORDER BY ts, alert_id",
    )
    for alert, row in zip(run.rows("alerts"), stored_alerts, strict=True):
        for name in ("alert_id", "entity_type", "entity_id", "detection", "severity"):
            assert alert[name] == row[name]
        assert (alert["ts"], alert["evidence"]) == (int(row["ts"]), orjson.loads(row["evidence"]))


@pytest.mark.kafka
def test_both_brokers_lead_to_the_same_verdicts(embedded: Run, on_kafka: Run):
    one, other = embedded.verdicts(), on_kafka.verdicts()
    assert one.keys() == other.keys()
    assert sum(one[account] != other[account] for account in one) <= 0.001 * len(one)


@pytest.mark.kafka
def test_a_shared_kafka_is_left_as_it_was(on_kafka: Run, kafka_broker: LocalBroker):
    admin = AdminClient({"bootstrap.servers": kafka_broker.bootstrap})
    assert not [topic for topic in admin.list_topics(timeout=10).topics if "detect-" in topic]
    groups = admin.list_consumer_groups().result().valid
    assert not [group.group_id for group in groups if "detect-" in group.group_id]
    assert on_kafka.out.exists()


def test_results_are_not_overwritten(embedded: Run, traffic: Traffic):
    before = (embedded.out / "accounts.ndjson").read_bytes()
    done = stillwatch("detect", traffic.events, "--out", embedded.out, check=False)
    assert done.returncode == 2
    assert "holds the results of another run" in done.stderr
    assert (embedded.out / "accounts.ndjson").read_bytes() == before
