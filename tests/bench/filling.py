"""A store of any number of events, made up by the engine itself: what a question costs does not depend on their words.

Events come in visits: two visits in three events, each visit an hour of one account, so windows are two thirds of the
events. An event carries eight template keys as sketches of prompts do on the shipped scenarios (nine, of which five are
seen once): five of its own, two of its account, and one of its program. Campaigns of 300, 1,500 and 25,000 members, and
2,000 watched groups of 20; ids are hashes, so members are scattered over every part.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

PER_ACCOUNT = 222
_START = "toDateTime64('2026-01-01 00:00:00', 3, 'UTC')"
_MONTHS = ((0, 31), (31, 28), (59, 31))
_BLOCK = 4_200_000
SIZES = {"C-small": (0, 300), "C-middle": (300, 1_500), "C-large": (1_800, 25_000)}
_TO_CAMPAIGN = "multiIf(a < 300, 'C-small', a < 1800, 'C-middle', 'C-large')"
_KINDS = {"SW-L01": "coordination", "SW-C01": "content", "SW-A02": "account", "SW-C03": "content"}


def account(number: str) -> str:
    """Return SQL for the id of an account.

    >>> account("7")
    "concat('acct-', lower(hex(sipHash64(toUInt64(7)))))"
    """
    return f"concat('acct-', lower(hex(sipHash64(toUInt64({number})))))"


def template(campaign: str) -> str:
    """Return SQL for the template key that the members of a campaign share."""
    return f"lower(hex(sipHash64('{campaign}')))"


def fill(run: Callable[[str], object], events: int, say: Callable[[str], None]) -> None:
    """Fill a migrated store.

    Args:
        run: Runs a statement on it.
        events: How many events; 222 an account.
        say: Is told what is done.
    """
    accounts = max(events // PER_ACCOUNT, 30_000)
    for statement, words in [*_events(events, accounts), *_windows(events, accounts), *_conclusions(accounts)]:
        run(statement)
        say(words)


def _of_visit(accounts: int, first_day: int, days: int) -> str:
    hour = f"{_START} + toIntervalHour({24 * first_day} + sipHash64(visit, 2) % {24 * days})"
    return f"intDiv(number * 2, 3) AS visit, sipHash64(visit, 1) % {accounts} AS a, {hour} AS hour"


def _events(events: int, accounts: int) -> Iterator[tuple[str, str]]:
    for start, size, first_day, days in _blocks(events):
        yield (
            f"""INSERT INTO api_events (event_id, ts, account_id, model, input_tokens, output_tokens, org_id,
            session_id, refused, client, ip, ip_type, payment, templates, capability)
            SELECT lower(hex(number)), hour + toIntervalMillisecond(sipHash64(number, 3) % 3600000), {account("a")},
                ['atlas-4', 'atlas-4-mini', 'atlas-5'][1 + sipHash64(number, 4) % 3], 200 + number % 3000,
                50 + number % 900, concat('org-', toString(intDiv(a, 3))), lower(hex(visit)), number % 50 = 0,
                concat('client-', toString(a % 40)), lower(hex(a % 20000)), ['residential', 'datacenter'][1 + a % 2],
                lower(hex(sipHash64(intDiv(a, 2), 5))),
                arrayConcat(
                    arrayMap(one -> lower(hex(sipHash64(number, one))), range(10, 15)),
                    [lower(hex(sipHash64(a, 6))), lower(hex(sipHash64(a, 7)))],
                    [if(a < 26800, lower(hex(sipHash64({_TO_CAMPAIGN}))), lower(hex(sipHash64(a % 40, 8))))]
                ),
                ['coding', 'agentic', 'reasoning', 'writing'][1 + sipHash64(number, 9) % 4]
            FROM (SELECT number, {_of_visit(accounts, first_day, days)} FROM numbers({start}, {size}))
            SETTINGS max_insert_block_size = {_BLOCK}, min_insert_block_size_rows = {_BLOCK},
                min_insert_block_size_bytes = 0, max_insert_threads = 1""",
            f"events up to {start + size:,}",
        )


def _windows(events: int, accounts: int) -> Iterator[tuple[str, str]]:
    for start, size, first_day, days in _blocks(events):
        yield (
            f"""INSERT INTO account_windows (account_id, org_id, window_start, window_seconds, events, one_shot,
            refused, input_tokens, output_tokens, total_events, version)
            SELECT {account("a")}, concat('org-', toString(intDiv(a, 3))), hour, 3600, n, n, number % 50 = 0, n * 1700,
                n * 500, {PER_ACCOUNT}, 1
            FROM (
                SELECT intDiv(number, 2) * 3 + number % 2 * 2 AS number, {_of_visit(accounts, first_day, days)},
                    2 - visit % 2 AS n
                FROM numbers({start * 2 // 3}, {size * 2 // 3})
            )
            SETTINGS max_insert_block_size = {_BLOCK}, min_insert_block_size_rows = {_BLOCK},
                min_insert_block_size_bytes = 0, max_insert_threads = 1""",
            f"windows of events up to {start + size:,}",
        )


def _blocks(events: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield first event, number of events, and the month as first day and days, in multiples of six events."""
    at = 0
    for first_day, days in _MONTHS:
        left = events // 18 * 6
        while left:
            size = min(left, _BLOCK)
            yield at, size, first_day, days
            at, left = at + size, left - size


def _evidence() -> str:
    findings = [
        {"detection": name, "kind": kind, "words": f"{name}: made up", "value": 0.9, "normal": [0.1, 0.5], "p": 0.01}
        | {"cleared_by": "nothing"}
        for name, kind in _KINDS.items()
    ]
    kinds = {"coordination": 50.0, "content": 30.0}
    return json.dumps(
        {"summary": "made up", "wealth": 1500.0, "threshold": 350.0, "wealth_by_kind": kinds, "findings": findings}
    )


def _conclusions(accounts: int) -> Iterator[tuple[str, str]]:
    measures = "map('SW-C03', toFloat32(0.9))"
    large = ", ".join(f"('{name}', {first}, {size})" for name, (first, size) in SIZES.items())
    campaigns = f"SELECT c.1 AS id, c.3 AS n, 'alert' AS state FROM (SELECT arrayJoin([{large}]) AS c)"
    groups = "SELECT concat('G-', toString(number)) AS id, 20 AS n, 'watch' AS state FROM numbers(2000)"
    members = f"SELECT {_TO_CAMPAIGN} AS id, number AS a FROM numbers(26800)"
    watched = (
        f"SELECT concat('G-', toString(number % 2000)) AS id, sipHash64(number) % {accounts} AS a FROM numbers(40000)"
    )
    yield (
        f"""INSERT INTO campaigns (campaign_id, status, risk, first_alert_ts, first_ts, last_ts, accounts, events,
        events_at_first_alert, detections, links, evidence, version)
        SELECT id, state, 0.8, if(state = 'alert', {_START} + toIntervalDay(1), NULL), {_START},
            {_START} + toIntervalDay(90), n, n * {PER_ACCOUNT}, if(state = 'alert', 134, NULL),
            {list(_KINDS)}, [lower(hex(sipHash64(id)))],
            '{_evidence()}', 1
        FROM ({campaigns} UNION ALL {groups})""",
        "campaigns",
    )
    yield (
        f"""INSERT INTO campaign_members (campaign_id, account_id, org_id, active, risk, joined_ts, first_ts, events,
        link_events, via, measures, version)
        SELECT id, {account("a")}, concat('org-', toString(intDiv(a, 3))), 1, 0.8, {_START} + toIntervalHour(a % 2000),
            {_START} + toIntervalHour(a % 2000), {PER_ACCOUNT}, 200, [lower(hex(sipHash64(id)))], {measures}, 1
        FROM ({members} UNION ALL {watched})""",
        "members",
    )
    yield (
        f"""INSERT INTO account_facts (account_id, ts, status, verified, reseller)
        SELECT {account("a")}, at, state, false, false FROM (
            SELECT number AS a, {_START} AS at, 'active' AS state FROM numbers({accounts})
            UNION ALL SELECT number * 5, {_START} + toIntervalDay(30 + number % 3), 'banned' FROM numbers(1000)
        )""",
        "facts",
    )
    yield (
        f"""INSERT INTO link_windows (link, kind, window_start, owners, events, campaign_id, version)
        SELECT lower(hex(sipHash64(number % 5000))), 'template', {_START} + toIntervalHour(number % 2160), 20, number,
            concat('G-', toString(number % 2000)), number FROM numbers(1000000)""",
        "links",
    )
    yield (
        f"""INSERT INTO alerts (alert_id, ts, entity_type, entity_id, campaign_id, detection, severity, confidence,
        evidence, version)
        SELECT generateUUIDv4(), {_START}, 'campaign', id, id, 'pooled', 'high', 0.9, '{_evidence()}', 1
        FROM (SELECT arrayJoin({list(SIZES)}) AS id)""",
        "alerts",
    )
    yield (
        """INSERT INTO labels (entity_type, entity_id, verdict, analyst, note)
        SELECT 'campaign', concat('G-', toString(number % 500)), ['distillation', 'benign'][1 + number % 2], 'bench', ''
        FROM numbers(2000)""",
        "labels",
    )
    yield (
        f"""INSERT INTO dead_letters (topic, partition, offset, ts, rule, reason)
        SELECT 'api-events', number % 16, number, {_START}, concat('rule ', toString(number % 8)), 'made up'
        FROM numbers(100000)""",
        "dead letters",
    )
    yield (
        """INSERT INTO model_prices (model, valid_from, input, cached, output)
        SELECT arrayJoin(['atlas-4', 'atlas-4-mini', 'atlas-5']), '2025-01-01', 3, 0.3, 15""",
        "prices",
    )
