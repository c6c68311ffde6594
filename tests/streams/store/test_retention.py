"""Lifetimes follow the settings, and count from the time of writing."""

import pytest
from clickhouse_connect.driver.client import Client

from streams.settings import Settings
from streams.store import retention

pytestmark = pytest.mark.embedded


def test_the_tables_come_as_the_defaults_say(client: Client) -> None:
    assert retention.apply(client, Settings()) == []


def test_rows_leave_when_their_time_is_over_and_no_sooner(client: Client) -> None:
    # Parts leave whole, so the two are of two months.
    for event, ms, days in (("old", 5_000_000_000, 8), ("new", 1, 6)):
        client.command(
            "INSERT INTO api_events (event_id, ts_ms, account_id, written_at)"
            f" VALUES ('{event}', {ms}, 'a', now() - INTERVAL {days} DAY)"
        )
    assert retention.apply(client, Settings(retain_events_days=7)) == ["api_events keeps rows for 7 days"]
    assert retention.apply(client, Settings(retain_events_days=7)) == []
    client.command("ALTER TABLE api_events MATERIALIZE TTL", settings={"mutations_sync": 2})
    client.command("OPTIMIZE TABLE api_events FINAL")
    assert client.query("SELECT event_id FROM api_events").result_rows == [("new",)], (
        "an event of 1970 that is a week old"
    )
    assert retention.apply(client, Settings()) == ["api_events keeps rows for 90 days"]


def test_a_cluster_changes_the_half_that_holds_rows(client: Client) -> None:
    with pytest.raises(Exception, match="Replicated DDL queries are disabled"):
        retention.apply(client, Settings(retain_events_days=7), cluster="main")
