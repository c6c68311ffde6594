"""The dictionary of account facts answers with the latest, and says when it knows nothing."""

import pytest
from clickhouse_connect.driver.client import Client

pytestmark = pytest.mark.embedded


def test_the_latest_facts_are_looked_up(client: Client) -> None:
    client.command(
        "INSERT INTO account_facts (account_id, ts, status, verified, reseller, permits, plan) VALUES"
        " ('a', 2000, 'banned', true, NULL, ['evaluation'], 'pro'), ('a', 1000, 'active', false, false, [], 'free')"
    )
    client.command("SYSTEM RELOAD DICTIONARY stillwatch.facts_of")
    looked_up = "SELECT dictGet('stillwatch.facts_of', ('status', 'verified', 'reseller', 'permits', 'plan'), 'a')"
    assert tuple(client.query(looked_up).first_row[0].values()) == ("banned", True, None, ["evaluation"], "pro")
    assert client.command("SELECT toUnixTimestamp64Milli(dictGet('stillwatch.facts_of', 'since', 'a'))") == 2_000_000


def test_an_account_without_facts_has_no_status(client: Client) -> None:
    assert client.query("SELECT dictGet('facts_of', 'status', 'nobody'), dictHas('facts_of', 'nobody')").first_row == (
        "",
        0,
    )


def test_it_follows_the_table_by_itself(client: Client) -> None:
    seconds = "SELECT lifetime_max FROM system.dictionaries WHERE database = 'stillwatch' AND name = 'facts_of'"
    assert client.command(seconds) == 30
