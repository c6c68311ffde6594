"""Campaigns of the store follow labels, whoever found them.

A worker writes the campaigns that it holds. `up` on what `detect` wrote, or on what an earlier `up` left, holds none of
those, and what it finds anew of a campaign with an alert is not written before it alerts again. Such rows are followed
here, so that the table says what the views say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.campaign.labels import CLEARING
from streams.sources.reconnecting import Reconnecting

_ROWS = """
SELECT campaign_id, toString(status), first_alert_ts IS NOT NULL, accounts
FROM stillwatch.campaigns FINAL
WHERE campaign_id IN {ids:Array(String)} AND merged_into IS NULL
"""
_FOLLOW = """
INSERT INTO stillwatch.campaigns
SELECT * REPLACE (
    transform(campaign_id, {ids:Array(String)}, {statuses:Array(String)}, '') AS status,
    version + 1 AS version,
    now() AS written_at
)
FROM stillwatch.campaigns FINAL
WHERE campaign_id IN {ids:Array(String)}
"""


@dataclass(frozen=True, slots=True)
class Followed:
    """A campaign of the store before and after a label.

    Attributes:
        before, after: Its status.
        accounts: Its members, which a label of a campaign does not change.
    """

    before: str
    after: str
    accounts: int


class StoredCampaigns:
    """Changes the table `campaigns`; one thread at a time.

    Args:
        store: Where it is.
    """

    def __init__(self, store: Reconnecting) -> None:
        self._store = store

    def follow(self, verdicts: Mapping[str, str | None], held: Mapping[str, str]) -> dict[str, Followed]:
        """Bring the status of campaigns to what was said, and return what became of those that nobody holds.

        Without a verdict, what alerted is on alert again, and the rest is watched.

        Args:
            verdicts: In force, by campaign; None: a label was taken back.
            held: Status by campaign, of those that the worker holds: its rows are to say so, too.

        Raises:
            StoreError: ClickHouse is not reached.
            clickhouse_connect.driver.exceptions.ClickHouseError: It refuses.
        """
        with self._store.client() as client:
            rows = client.query(_ROWS, parameters={"ids": [*verdicts, *held]}).result_rows
            there = {
                row[0]: Followed(row[1], held.get(row[0]) or _status(verdicts[row[0]], row), row[3]) for row in rows
            }
            changed = {name: one.after for name, one in there.items() if one.before != one.after}
            if changed:
                client.command(_FOLLOW, parameters={"ids": list(changed), "statuses": list(changed.values())})
        return {name: one for name, one in there.items() if name not in held}


def _status(verdict: str | None, row: Sequence[Any]) -> str:
    if verdict in CLEARING:
        return "cleared"
    return "alert" if verdict == "distillation" or row[2] else "watch"
