"""What the store has of campaigns when a worker takes them over.

Rows of a campaign replace each other by version, and a campaign counts its own from 1. On the embedded broker, which
keeps nothing, it counts anew with every `up`; on Kafka a campaign that is put back has heard all labels before its
evidence, so it changes less often than it did. Either way its rows would be hidden behind those that are there. So
versions are counted from the highest that the store has when the campaigns are put back. That is asked once, after what
this worker wrote, and depends on no clock. A row that is written again after a crash has the same content and another
version: one of the two holds. Who has lost the campaigns and still writes counts from a beginning of its own, which is
not higher.
"""

from __future__ import annotations

from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

# Both tables: a crash may come between the block of the one and the block of the other.
_VERSION = """
SELECT greatest(
    (SELECT max(version) FROM stillwatch.campaigns), (SELECT max(version) FROM stillwatch.campaign_members)
)
"""
# An alert that a label raised is raised by it again, on as little.
_ALERTED = """
SELECT campaign_id FROM stillwatch.campaigns FINAL
WHERE first_alert_ts IS NOT NULL AND merged_into IS NULL
    AND JSONExtractFloat(evidence, 'wealth') >= JSONExtractFloat(evidence, 'threshold')
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What was written of campaigns by whoever had them before.

    Attributes:
        version: The highest of any row; 0 in an empty store.
        alerted: Ids of the campaigns with an alert that their evidence raised.
    """

    version: int = 0
    alerted: frozenset[str] = frozenset()

    @classmethod
    def of(cls, client: Client) -> Standing:
        """Ask ClickHouse.

        Raises:
            clickhouse_connect.driver.exceptions.ClickHouseError: It does not answer.
        """
        [(version,)] = client.query(_VERSION).result_rows
        return cls(version, frozenset(row[0] for row in client.query(_ALERTED).result_rows))
