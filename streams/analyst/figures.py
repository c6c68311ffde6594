"""The questions that a report and the console ask about one campaign: a name, its SQL, what it shows.

Members are named by their number in order of joining, so that a report can leave the house; `WHO` says who they are to
whoever may ask the store.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

SUMMARY = """SELECT campaign_id, status, verdict, risk, floor(confidence, 3) AS confidence, wealth, threshold, accounts,
    events, events_at_first_alert, first_ts, first_alert_ts, last_ts, summary
FROM v_campaigns
WHERE campaign_id = {campaign:String}"""

WHY = """SELECT detection, kind, words, value, normal_low, normal_high, p
FROM v_why
WHERE campaign_id = {campaign:String} AND fired
ORDER BY p"""

CLEARED_BY = """SELECT detection, cleared_by
FROM v_why
WHERE campaign_id = {campaign:String} AND fired
ORDER BY p"""

TIMELINE = "SELECT at, what, detail FROM v_timeline(campaign = {campaign:String})"

HOURS = """SELECT hour, accounts, events
FROM v_campaign_load(campaign = {campaign:String})
ORDER BY hour"""

GROWTH = """SELECT day, joined, members, accounts, events, per_account, output_tokens
FROM v_campaign_growth(campaign = {campaign:String})"""

MODELS = """SELECT day, model, events, share, accounts, hours_until_used
FROM v_campaign_models(campaign = {campaign:String})"""

BANS = """SELECT banned_at, banned, events_before, events_after, newcomers, newcomer_events
FROM v_ban_reactions(campaign = {campaign:String})"""

TAKE = """SELECT model, capability, accounts, events, refused, input_tokens, output_tokens, reasoning_tokens,
    cost, currency
FROM v_campaign_take(campaign = {campaign:String})"""

MEMBERS = """SELECT
    concat('M-', leftPad(toString(row_number() OVER (ORDER BY joined_ts, account_id)), 5, '0')) AS member,
    joined_ts, first_ts, events, dedication, sure, fact_status
FROM v_members
WHERE campaign_id = {campaign:String}
ORDER BY joined_ts, account_id
LIMIT {limit:UInt32}"""

WHO = """SELECT
    concat('M-', leftPad(toString(row_number() OVER (ORDER BY joined_ts, account_id)), 5, '0')) AS member,
    account_id
FROM v_members
WHERE campaign_id = {campaign:String}
ORDER BY joined_ts, account_id"""

LINKS = """SELECT link, kind, owners, events, dedication, evenness, age_hours
FROM v_links
WHERE campaign_id = {campaign:String}
ORDER BY owners DESC, link
LIMIT 20"""

LABELS = """SELECT at, verdict, verdict_before, analyst, note, applied_at
FROM v_label_history
WHERE entity_type = 'campaign' AND entity_id = {campaign:String}
ORDER BY at"""


class Answer(NamedTuple):
    """What a question gave.

    Attributes:
        columns: Names.
        rows: Values, as clickhouse-connect reads them.
        sql: The question with the values in it, for whoever wants to ask it again.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    sql: str

    def dicts(self) -> list[dict[str, Any]]:
        """Return the rows by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def ask(client: Client, sql: str, **values: str | int) -> Answer:
    """Ask one of the questions."""
    result = client.query(sql, parameters=values)
    return Answer(tuple(result.column_names), [tuple(row) for row in result.result_rows], filled(sql, values))


def filled(sql: str, values: dict[str, str | int]) -> str:
    r"""Return `sql` with its parameters as literals.

    >>> filled("SELECT {campaign:String} LIMIT {limit:UInt32}", {"campaign": "C-1'", "limit": 3})
    "SELECT 'C-1\\'' LIMIT 3"
    """
    for name, value in values.items():
        text = str(value) if isinstance(value, int) else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        for kind in ("String", "UInt32"):
            sql = sql.replace(f"{{{name}:{kind}}}", text)
    return sql
