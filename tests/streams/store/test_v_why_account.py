"""Why an account was flagged can be asked while it stands, and after an analyst cleared it."""

import json

import pytest
from clickhouse_connect.driver.client import Client

pytestmark = pytest.mark.embedded

FINDING = {"detection": "SW-X01", "kind": "account", "words": "w", "value": 2.0, "normal": [0.0, 1.0], "p": 0.01}
EVIDENCE = json.dumps({"wealth": 9.0, "threshold": 1.0, "findings": [FINDING | {"cleared_by": "age"}]})
WHY = "SELECT campaign_id, status, own, unusual FROM v_why_account(account = 'a')"
SAY = (
    "INSERT INTO labels (entity_type, entity_id, verdict, analyst, note, withdrawn)"
    " VALUES ('account', 'a', 'benign', 'kim', '', {})"
)


def test_the_reasons_stay_when_the_account_is_cleared(client: Client) -> None:
    client.command(
        "INSERT INTO campaigns (campaign_id, status, first_alert_ts, accounts, evidence, version)"
        f" SELECT 'C-1', 'alert', now64(3), 2, '{EVIDENCE}', 1"
    )
    member = (
        "INSERT INTO campaign_members (campaign_id, account_id, active, events, link_events, measures, version)"
        " SELECT 'C-1', {}, {}, 4, 3, map('SW-X01', 3), {}"
    )
    client.command(member.format("arrayJoin(['a', 'b'])", 1, 1))
    assert client.query(WHY).result_rows == [("C-1", "alert", 3.0, True)]
    client.command(SAY.format("false"))
    assert client.query(WHY).result_rows == [("C-1", "cleared", 3.0, True)]
    client.command(member.format("'a'", 0, 2))  # as a worker writes it
    assert client.query(WHY).result_rows == [("C-1", "cleared", 3.0, True)]
    client.command(SAY.format("true"))
    client.command(member.format("'a'", 1, 3))
    assert client.query(WHY).result_rows == [("C-1", "alert", 3.0, True)]


def test_who_left_by_itself_is_in_no_campaign(client: Client) -> None:
    client.command("INSERT INTO campaign_members (campaign_id, account_id, active, version) SELECT 'C-1', 'gone', 0, 9")
    assert client.query("SELECT count() FROM v_why_account(account = 'gone')").first_row == (0,)
