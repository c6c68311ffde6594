"""Labels out of ClickHouse: what changed since the last look.

A look asks for one line about the table (its rows and a checksum of their ids, 1 ms); only when that has changed are
the labels in force read, and compared with those of the last look. So nothing depends on clocks, on the order in which
replicas see rows, or on labels never being deleted: whatever was done to the table, the difference comes out. Reading
100,000 labels takes 0.5 s on a thread, and is what an insert of any number of labels costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clickhouse_connect.driver.client import Client

from models.campaign.labels import Label
from streams.sources.reconnecting import Reconnecting

_FINGERPRINT = "SELECT count(), groupBitXor(cityHash64(id)) FROM stillwatch.labels"
_IN_FORCE = """
SELECT
    toString(entity_type) AS entity_type,
    entity_id,
    argMax((id, toString(verdict), withdrawn, analyst, toUnixTimestamp64Milli(at)), (at, id)) AS latest
FROM stillwatch.labels
GROUP BY entity_type, entity_id
ORDER BY latest.5, latest.1
"""
# Said and superseded between two looks, so that no look saw it in force.
_OVERTAKEN = """
SELECT toString(entity_type), entity_id, id, toString(verdict), withdrawn, analyst, toUnixTimestamp64Milli(at)
FROM (SELECT *, max((at, id)) OVER (PARTITION BY entity_type, entity_id) AS latest FROM stillwatch.labels)
WHERE (at, id) != latest AND id NOT IN (SELECT label_id FROM stillwatch.label_effects)
ORDER BY at, id
"""
_APPLIED = "SELECT DISTINCT label_id FROM stillwatch.label_effects"


@dataclass(frozen=True, slots=True)
class SaidLabel:
    """A label with what is only written down again.

    Attributes:
        label: What the models learn.
        id: Of its row; None where the row was deleted, which takes the label back.
        analyst: Who said so.
        applied: Whether its effect was written down before: by another worker, or before a restart.
        holds: Whether it is in force; one that was superseded before anybody looked is only written down.
    """

    label: Label
    id: UUID | None
    analyst: str
    applied: bool = False
    holds: bool = True


class LabelSource:
    """Reads the table `labels`; one thread at a time.

    Args:
        store: Where it is.
    """

    def __init__(self, store: Reconnecting) -> None:
        self._store = store
        self._fingerprint: tuple[object, ...] = (0, 0)
        self._known: dict[tuple[str, str], SaidLabel] = {}
        self._seen: set[UUID | None] = set()

    def changes(self) -> list[SaidLabel]:
        """Return the entities on which another label holds than at the last call, in the order they were said.

        Before them come labels that were superseded before anybody looked, with `holds` off.

        Raises:
            StoreError: ClickHouse is not reached.
            clickhouse_connect.driver.exceptions.ClickHouseError: It cannot answer; the next call connects anew.
        """
        with self._store.client() as client:
            fingerprint = tuple(client.query(_FINGERPRINT).result_rows[0])
            if fingerprint == self._fingerprint:
                return []
            present = self._read(client)
            overtaken = [
                one for one in map(_overtaken, client.query(_OVERTAKEN).result_rows) if one.id not in self._seen
            ]
        before, self._known, self._fingerprint = self._known, present, fingerprint
        said = [one for entity, one in present.items() if entity not in before or before[entity].id != one.id]
        deleted = [_taken_back(one) for entity, one in before.items() if entity not in present]
        self._seen |= {one.id for one in (*overtaken, *said)}
        return overtaken + deleted + said

    def applied(self) -> set[UUID]:
        """Return the ids of the labels whose effect is written down; raises as `changes` does."""
        with self._store.client() as client:
            return _applied(client)

    def _read(self, client: Client) -> dict[tuple[str, str], SaidLabel]:
        applied = _applied(client)
        present: dict[tuple[str, str], SaidLabel] = {}
        for entity_type, entity_id, (row, verdict, withdrawn, analyst, at) in client.query(_IN_FORCE).result_rows:
            label = Label(entity_type, entity_id, None if withdrawn else verdict, at)
            present[entity_type, entity_id] = SaidLabel(label, row, analyst, row in applied)
        return present


def _applied(client: Client) -> set[UUID]:
    return {row[0] for row in client.query(_APPLIED).result_rows}


def _overtaken(row: Sequence[Any]) -> SaidLabel:
    entity_type, entity_id, label, verdict, withdrawn, analyst, at = row
    return SaidLabel(Label(entity_type, entity_id, None if withdrawn else verdict, at), label, analyst, holds=False)


def _taken_back(said: SaidLabel) -> SaidLabel:
    label = said.label
    return SaidLabel(Label(label.entity_type, label.entity_id, None, label.ts), None, said.analyst, applied=True)
