"""For how long rows are kept: the settings `retain_*`, brought into the tables.

Time counts from when a row was written, never from the event, so a replay of last year's traffic does not vanish.
Expired rows leave part by part (`ttl_only_drop_parts`), as merges come to them: hours late, not days.
"""

from __future__ import annotations

from clickhouse_connect.driver.client import Client

from streams.settings import Settings


def days_by_table(settings: Settings) -> dict[str, int]:
    """Return the days for which each table keeps its rows; tables that are not named keep them for good."""
    return {
        "api_events": settings.retain_events_days,
        "account_windows": settings.retain_windows_days,
        "link_windows": settings.retain_windows_days,
        "dead_letters": settings.retain_letters_days,
    }


def apply(client: Client, settings: Settings, *, cluster: str | None = None) -> list[str]:
    """Bring the tables' lifetimes to what the settings say, and return in words what was changed.

    Args:
        client: One that may alter tables.
        settings: With `retain_*`.
        cluster: As of `streams.store.migrations.apply`.
    """
    suffix, where = ("", "") if cluster is None else ("_local", f" ON CLUSTER '{cluster}'")
    changed = []
    for table, days in days_by_table(settings).items():
        present = client.command(
            "SELECT extract(engine_full, 'TTL written_at \\\\+ toIntervalDay\\\\((\\\\d+)\\\\)') FROM system.tables"
            " WHERE database = 'stillwatch' AND name = {table:String}",
            parameters={"table": table + suffix},
        )
        if str(present) != str(days):
            client.command(
                f"ALTER TABLE stillwatch.{table}{suffix}{where} MODIFY TTL written_at + toIntervalDay({days:d})",
                # New parts follow at once, old ones as they merge; rewriting all of them now would cost their size.
                settings={"materialize_ttl_after_modify": 0},
            )
            changed.append(f"{table} keeps rows for {days} days")
    return changed
