"""One link: a shared key, and which of its owners are suspect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.account.row import CLEARED, PERMIT, RESELLER
from models.link.owners import OwnerTable
from models.links import LinkKind
from models.sighting import Sightings

# Owners whose use of a link says nothing about a campaign: agreed bulk use, other people's traffic, cleared by an
# analyst.
EXEMPT = PERMIT | RESELLER | CLEARED


@dataclass(frozen=True, slots=True)
class Link:
    """A view of one link's owners in a table."""

    key: int
    kind: LinkKind
    table: OwnerTable

    @property
    def count(self) -> int:
        """Number of owners."""
        return self.table.count(self.key)

    @property
    def owners(self) -> Sightings:
        """Latest sighting of each owner, dtype `SIGHTING`."""
        return self.table.of(self.key)

    @property
    def places(self) -> NDArray[np.int64]:
        """Row numbers of the owners in the table."""
        return self.table.places_of(self.table.link_number(self.key))

    def suspect_places(self, min_dedication: float) -> NDArray[np.int64]:
        """Return the row numbers of the owners who are not exempt and, on a template, do much of their work on it."""
        number = self.table.link_number(self.key)
        if number < 0:
            return np.zeros(0, dtype=np.int64)
        return suspect_places(self.table, number, self.kind, min_dedication)


def suspect_places(table: OwnerTable, number: int, kind: LinkKind, min_dedication: float) -> NDArray[np.int64]:
    """Return the row numbers of the suspects of a link, see `Link.suspect_places`.

    Args:
        table: Which has the link.
        number: Of the link.
        kind: Of the link.
        min_dedication: Share of an owner's conversations that is much.
    """
    return table.suspects_of(number, EXEMPT, needed_dedication(kind, min_dedication))


def needed_dedication(kind: LinkKind, min_dedication: float) -> float:
    """Return the share of its conversations that a suspect has on a link of a kind; only templates need any."""
    return min_dedication if kind is LinkKind.TEMPLATE else 0.0


def dedication(sightings: Sightings) -> NDArray[np.float64]:
    """Return the share of each owner's conversations that are on the link, in 0..1; shape (n,)."""
    share: NDArray[np.float64] = sightings["link_events"] / np.maximum(sightings["owner"]["openings"], 1)
    return np.minimum(share, 1.0)
