"""What was found, as tables: the campaigns, why, and how to look further."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from streams.stack.results import Summary

SHOWN = 10
CAMPAIGN_QUERIES = (
    "SELECT account_id, risk, events, via FROM v_members WHERE campaign_id = '{which}' LIMIT 10",
    "SELECT toStartOfHour(ts) AS hour, count() FROM api_events WHERE account_id IN"
    " (SELECT account_id FROM v_members WHERE campaign_id = '{which}') GROUP BY hour ORDER BY hour",
)


def show_findings(console: Console, directory: Path, summary: Summary) -> None:
    """Print what `detect` wrote to `directory`."""
    console.print(
        f"[bold]{summary.events:,}[/] events of [bold]{summary.accounts:,}[/] accounts in {summary.seconds:.1f} s"
        f" ({summary.events_per_second:,.0f} events/s); {summary.duplicates:,} repeated,"
        f" {summary.dead_letters:,} put aside",
        highlight=False,
    )
    campaigns = list(_read(directory / "campaigns.ndjson"))
    if not campaigns:
        console.print("No campaign was found.")
    else:
        console.print(_campaign_table(campaigns[:SHOWN]))
        for alert in list(_read(directory / "alerts.ndjson"))[:SHOWN]:
            console.print(_evidence_table(alert))
    _show_next(console, directory, campaigns)


def _campaign_table(campaigns: list[dict[str, Any]]) -> Table:
    table = Table(title="Campaigns", title_justify="left")
    table.add_column("campaign", no_wrap=True)  # whole, for it is what one copies
    for name in ("risk", "accounts", "events", "first alert (UTC)", "events before it"):
        table.add_column(name, justify="right")
    for one in campaigns:
        table.add_row(
            one["campaign_id"],
            f"{one['risk']:.2f}",
            f"{one['accounts']:,}",
            f"{one['events']:,}",
            _time(one["first_alert_ts"]),
            f"{one['events_at_first_alert']:,} ({one['events_at_first_alert'] / one['events']:.1%})",
        )
    return table


def _evidence_table(alert: dict[str, Any]) -> Table:
    evidence = alert["evidence"]
    table = Table(
        title=f"Why {alert['entity_id']}: {evidence['summary']}",
        caption=(
            f"evidence {evidence['wealth']:,.0f} against a threshold of {evidence['threshold']:,.0f} (the false-alarm"
            " budget); confidence " + f"{alert['confidence']:.1%}"
        ),
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("detection")
    table.add_column("kind")
    table.add_column("what was measured")
    table.add_column("p", justify="right")
    for finding in evidence["findings"]:
        if finding["p"] < 0.05:
            table.add_row(finding["detection"], finding["kind"], finding["words"], f"{finding['p']:.1g}")
    return table


def _show_next(console: Console, directory: Path, campaigns: list[dict[str, Any]]) -> None:
    store = shlex.quote(str(directory / "store"))
    queries = ["SELECT * FROM v_campaigns"]
    if campaigns:
        which = campaigns[0]["campaign_id"]
        queries += [query.format(which=which) for query in CAMPAIGN_QUERIES]
    console.print("\nLook further:")
    for query in queries:
        console.print(f'  stillwatch sql --store {store} "{query}"', highlight=False, markup=False, soft_wrap=True)
    console.print(f"Results are in {directory}.", highlight=False)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        yield from map(orjson.loads, file)


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
