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

    def suspects(self, min_dedication: float) -> Sightings:
        """Return the owners who are not exempt and, on a template, do much of their work on it."""
        return suspects_of(self.owners, self.kind, min_dedication)


def suspects_of(owners: Sightings, kind: LinkKind, min_dedication: float) -> Sightings:
    """Return the owners of a link who are not exempt and, on a template, do much of their work on it."""
    suspect: NDArray[np.bool_] = (owners["owner"]["flags"] & EXEMPT) == 0
    if kind is LinkKind.TEMPLATE:
        suspect &= dedication(owners) >= min_dedication
    return owners[suspect]


def dedication(sightings: Sightings) -> NDArray[np.float64]:
    """Return the share of each owner's conversations that are on the link, in 0..1; shape (n,)."""
    share: NDArray[np.float64] = sightings["link_events"] / np.maximum(sightings["owner"]["openings"], 1)
    return np.minimum(share, 1.0)
