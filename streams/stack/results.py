"""What `detect` writes beside its store (contract section 5). Every line comes out of ClickHouse, so both agree."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import orjson
from clickhouse_connect.driver.client import Client

# A member of a watched group whose evidence is worth half a threshold (on the logarithmic scale of wealth) is suspect.
SUSPECT_RISK = 1 / 3

_ACCOUNTS = """
WITH verdicts AS
(
    SELECT
        m.account_id AS account_id,
        argMax(m.campaign_id, (c.status = 'alert', c.risk)) AS campaign,
        max((c.status = 'alert', c.risk)) AS standing,
        standing.1 AS alerted,
        toFloat64(standing.2) AS risk,
        multiIf(alerted, 'campaign', risk >= {suspect:Float64}, 'suspect', 'clear') AS verdict,
        minIf(greatest(c.first_alert_ts, m.joined_ts), c.status = 'alert') AS first_alert
    FROM stillwatch.campaign_members AS m FINAL
    INNER JOIN stillwatch.campaigns AS c FINAL ON c.campaign_id = m.campaign_id
    WHERE m.active AND c.status IN ('alert', 'watch')
    GROUP BY m.account_id
)
SELECT
    e.account_id AS account_id,
    any(v.risk) AS risk,
    if(any(v.verdict) = '', 'clear', any(v.verdict)) AS verdict,
    if(any(v.alerted), any(v.campaign), NULL) AS campaign_id,
    if(any(v.alerted), toUnixTimestamp64Milli(assumeNotNull(any(v.first_alert))), NULL) AS first_alert_ts,
    count() AS events,
    if(any(v.alerted), countIf(e.ts <= v.first_alert), NULL) AS events_at_first_alert
FROM stillwatch.api_events AS e FINAL
LEFT JOIN verdicts AS v ON v.account_id = e.account_id
GROUP BY e.account_id
ORDER BY risk DESC, account_id
"""

_CAMPAIGNS = """
SELECT
    c.campaign_id AS campaign_id,
    toFloat64(any(c.risk)) AS risk,
    toUnixTimestamp64Milli(assumeNotNull(any(c.first_alert_ts))) AS first_alert_ts,
    toUnixTimestamp64Milli(min(e.ts)) AS first_ts,
    toUnixTimestamp64Milli(max(e.ts)) AS last_ts,
    uniqExact(e.account_id) AS accounts,
    count() AS events,
    countIf(e.ts <= c.first_alert_ts) AS events_at_first_alert,
    any(c.detections) AS detections,
    arraySort(groupUniqArray(e.account_id)) AS members
FROM stillwatch.campaigns AS c FINAL
INNER JOIN stillwatch.campaign_members AS m FINAL ON m.campaign_id = c.campaign_id AND m.active
INNER JOIN stillwatch.api_events AS e FINAL ON e.account_id = m.account_id
WHERE c.status = 'alert'
GROUP BY c.campaign_id
ORDER BY first_alert_ts, campaign_id
"""

_ALERTS = """
SELECT
    toString(alert_id) AS alert_id, toUnixTimestamp64Milli(a.ts) AS ts, entity_type, entity_id, detection,
    toString(severity) AS severity, score, confidence, evidence
FROM stillwatch.alerts AS a FINAL
ORDER BY a.ts, alert_id
"""


class Summary(msgspec.Struct, kw_only=True):
    """`summary.json`: what went through, what came out, and how long it took."""

    events: int
    duplicates: int
    dead_letters: int
    accounts: int
    campaigns: int
    alerts: int
    late: int
    seconds: float
    events_per_second: float
    version: str


def write_results(client: Client, directory: Path) -> dict[str, int]:
    """Write `accounts.ndjson`, `campaigns.ndjson` and `alerts.ndjson`; return the number of lines of each."""
    return {
        "accounts": _write(directory / "accounts.ndjson", _rows(client, _ACCOUNTS, suspect=SUSPECT_RISK)),
        "campaigns": _write(directory / "campaigns.ndjson", _rows(client, _CAMPAIGNS)),
        "alerts": _write(directory / "alerts.ndjson", map(_with_evidence, _rows(client, _ALERTS))),
    }


def write_summary(directory: Path, summary: Summary) -> None:
    """Write `summary.json`."""
    (directory / "summary.json").write_bytes(msgspec.json.format(msgspec.json.encode(summary), indent=2) + b"\n")


def program_version() -> str:
    """Return the version of Stillwatch that is running."""
    return version("stillwatch")


def _rows(client: Client, sql: str, **parameters: float) -> Iterator[dict[str, Any]]:
    with client.query_rows_stream(sql, parameters=parameters) as stream:
        names = stream.source.column_names
        for row in stream:
            yield dict(zip(names, row, strict=True))


def _with_evidence(alert: dict[str, Any]) -> dict[str, Any]:
    return alert | {"evidence": orjson.loads(alert["evidence"])}


def _write(path: Path, rows: Iterator[dict[str, Any]]) -> int:
    written = 0
    with path.open("wb") as file:
        for row in rows:
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            written += 1
    return written
