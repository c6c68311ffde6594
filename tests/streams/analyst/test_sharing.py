"""What is shared of a campaign hangs on how sure it is, and on who says so."""

import json
from datetime import UTC, datetime

import pytest
import stix2
from clickhouse_connect.driver.client import Client

from streams.analyst.stix import NotSharedError, Sharing, bundle_of

pytestmark = pytest.mark.embedded

HOW = Sharing("Example AI", datetime(2026, 3, 2, tzinfo=UTC))
SAY = (
    "INSERT INTO labels (entity_type, entity_id, verdict, analyst, note, withdrawn)"
    " VALUES ('campaign', '{}', '{}', 'ana', '', {})"
)


def insert(client: Client, campaign: str, *, wealth: float, alerted: bool = True) -> None:
    """A campaign of six accounts with one card, whose evidence comes to `wealth` where an alert needs ten."""
    evidence = json.dumps({"wealth": wealth, "threshold": 10.0})
    when, status = ("now64(3)", "alert") if alerted else ("NULL", "watch")
    client.command(
        "INSERT INTO campaigns (campaign_id, status, first_alert_ts, first_ts, last_ts, accounts, evidence, version)"
        f" SELECT '{campaign}', '{status}', {when}, now64(3), now64(3), 6, '{evidence}', 1"
    )
    client.command(
        "INSERT INTO campaign_members (campaign_id, account_id, active, events, link_events, version)"
        f" SELECT '{campaign}', concat('{campaign}-', toString(number)), 1, 4, 4, 1 FROM numbers(6)"
    )
    client.command(
        "INSERT INTO api_events (event_id, ts, account_id, payment)"
        f" SELECT concat('{campaign}-', toString(number)), now64(3), concat('{campaign}-', toString(number)),"
        f" lower(hex('{campaign}')) FROM numbers(6)"
    )


def confidences(client: Client, campaign: str) -> list[int]:
    objects = stix2.parse(bundle_of(client, campaign, HOW)).objects
    return [one.confidence for one in objects if one.type in ("campaign", "indicator")]


def test_sure_as_the_evidence_is(client: Client) -> None:
    insert(client, "sure", wealth=90.0)
    assert confidences(client, "sure") == [90, 90]


def test_what_nobody_is_sure_of_is_not_shared_until_an_analyst_confirms_it(client: Client) -> None:
    insert(client, "unsure", wealth=0.001)
    with pytest.raises(NotSharedError, match=r"confidence of 0\.0, below 0\.3: .*'distillation' confirms"):
        bundle_of(client, "unsure", HOW)
    client.command(SAY.format("unsure", "distillation", "false"))
    assert confidences(client, "unsure") == [85, 85]
    client.command(SAY.format("unsure", "distillation", "true"))
    with pytest.raises(NotSharedError, match="confidence"):
        bundle_of(client, "unsure", HOW)


def test_what_was_only_watched_is_shared_once_confirmed(client: Client) -> None:
    insert(client, "watched", wealth=5.0, alerted=False)
    with pytest.raises(NotSharedError, match="on watch"):
        bundle_of(client, "watched", HOW)
    client.command(SAY.format("watched", "distillation", "false"))
    assert confidences(client, "watched") == [85, 85]


def test_what_was_cleared_is_not_shared(client: Client) -> None:
    insert(client, "cleared", wealth=90.0)
    client.command(SAY.format("cleared", "permitted", "false"))
    with pytest.raises(NotSharedError, match="on cleared"):
        bundle_of(client, "cleared", HOW)


def test_more_evidence_than_a_confirmation_stands(client: Client) -> None:
    insert(client, "surer", wealth=190.0)
    client.command(SAY.format("surer", "distillation", "false"))
    assert confidences(client, "surer") == [95, 95]
