"""What each page of the console shows: blocks from the store, no HTTP."""

from __future__ import annotations

from collections.abc import Iterator

from clickhouse_connect.driver.client import Client

from streams.analyst.console.page import account_link, campaign_link
from streams.analyst.document import Block, Heading, Paragraph, Table
from streams.analyst.figures import Answer, ask
from streams.analyst.report import report, table_of

_CAMPAIGNS = """SELECT
    campaign_id, status, verdict, risk, accounts, events, events_at_first_alert, first_alert_ts, summary
FROM v_campaigns
ORDER BY status = 'alert' DESC, status = 'cleared' DESC, risk DESC
LIMIT {limit:UInt32}"""
_NEW = "SELECT at, what, campaign_id, detail FROM v_new_since_yesterday LIMIT 15"
_HEALTH = "SELECT name, value, unit, state, note FROM v_health WHERE state != 'ok' OR name = 'newest event'"
_DEAD = "SELECT topic, rule, field, messages, last_ts FROM v_dead_letters ORDER BY messages DESC LIMIT 10"
_MEMBERS = """SELECT account_id, sure, dedication, events, joined_ts, fact_status
FROM v_members
WHERE campaign_id = {campaign:String}
ORDER BY sure DESC, account_id
LIMIT {limit:UInt32}"""
_ACCOUNT = "SELECT * FROM v_accounts WHERE account_id = {account:String}"
_WHY = """SELECT campaign_id, status, detection, words, own, median, normal_low, normal_high, unusual, p
FROM v_why_account(account = {account:String})
WHERE p < 0.05
LIMIT 40"""
_WINDOWS = """SELECT
    window_start, events, one_shot, refused, errors, input_tokens, output_tokens, top_template_share, ips
FROM account_windows FINAL
WHERE account_id = {account:String}
ORDER BY window_start DESC
LIMIT 24"""
_SAID = """SELECT at, verdict, verdict_before, analyst, note, applied_at
FROM v_label_history
WHERE entity_type = 'account' AND entity_id = {account:String}
ORDER BY at DESC"""


def overview(client: Client) -> Iterator[Block]:
    """Yield what somebody wants to see first: what is new, the campaigns, what is not well."""
    yield Heading("Campaigns")
    yield _campaigns(client, 12)
    yield Heading("New since yesterday")
    yield _linked(ask(client, _NEW))
    yield Heading("Health")
    yield _linked(ask(client, _HEALTH))
    dead = ask(client, _DEAD)
    if dead.rows:
        yield Heading("What could not be read")
        yield _linked(dead)


def campaigns(client: Client) -> Iterator[Block]:
    """Yield all campaigns, watched ones too."""
    yield _campaigns(client, 500)


def campaign(client: Client, which: str) -> tuple[str, list[Block]]:
    """Return the title and the blocks of a campaign: its report, with its members by name.

    Raises:
        UnknownCampaignError: There is none.
    """
    title, blocks = report(client, which)
    at = next(i for i, block in enumerate(blocks) if isinstance(block, Heading) and block.text == "Members")
    return title, [*blocks[: at + 1], _linked(ask(client, _MEMBERS, campaign=which, limit=200))]


def account(client: Client, which: str) -> Iterator[Block]:
    """Yield what is known of an account, which may be nothing."""
    known = ask(client, _ACCOUNT, account=which)
    if known.rows:
        table = _linked(known)
        yield Table(("figure", "value"), list(zip(table.columns, table.rows[0], strict=True)))
    else:
        yield Paragraph("No window of this account has closed yet.")
    for title, sql, none in (
        ("Why", _WHY, "It is in no campaign, not even in a watched one."),
        ("What it did, latest first", _WINDOWS, "Nothing is stored."),
        ("What analysts said", _SAID, "Nothing yet."),
    ):
        answer = ask(client, sql, account=which)
        yield Heading(title)
        yield _linked(answer) if answer.rows else Paragraph(none)


def answered(answer: Answer) -> Block:
    """Return the answer to somebody's own question."""
    return _linked(answer)


def _campaigns(client: Client, limit: int) -> Table:
    return _linked(ask(client, _CAMPAIGNS, limit=limit))


def _linked(answer: Answer) -> Table:
    """Return a table whose campaigns and accounts lead to their pages."""
    table = table_of(answer)
    links = {"campaign_id": campaign_link, "account_id": account_link}
    rows = [
        [
            links[name](value) if value and name in links else value
            for name, value in zip(answer.columns, row, strict=True)
        ]
        for row in table.rows
    ]
    return Table(table.columns, rows)
