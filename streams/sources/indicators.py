"""Indicators of other providers out of ClickHouse: the link keys that hold now."""

from __future__ import annotations

from models.indicators import indicated_link
from streams.sources.reconnecting import Reconnecting

# Below this a source does not believe it much itself.
LEAST_CONFIDENCE = 50
# The hour is part of it, because indicators expire.
_FINGERPRINT = "SELECT count(), max(ingested_at), toStartOfHour(now()) FROM stillwatch.indicators"
_HOLDING = "SELECT DISTINCT kind, value FROM stillwatch.v_indicators WHERE confidence >= {least:UInt8}"


class IndicatorSource:
    """Reads the table `indicators`; one thread at a time.

    Args:
        store: Where it is.
    """

    def __init__(self, store: Reconnecting) -> None:
        self._store = store
        self._fingerprint: tuple[object, ...] = ()

    def changes(self) -> frozenset[int] | None:
        """Return the link keys that are indicated, or None when they are those of the last call.

        Raises:
            StoreError: ClickHouse is not reached.
            clickhouse_connect.driver.exceptions.ClickHouseError: It cannot answer.
        """
        with self._store.client() as client:
            fingerprint = tuple(client.query(_FINGERPRINT).result_rows[0])
            if fingerprint == self._fingerprint:
                return None
            rows = client.query(_HOLDING, parameters={"least": LEAST_CONFIDENCE}).result_rows
        self._fingerprint = fingerprint
        found = (indicated_link(kind, value) for kind, value in rows)
        return frozenset(key for key in found if key is not None)
