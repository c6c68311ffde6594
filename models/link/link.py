"""The owners of one link: every account seen on it, with its latest sighting."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.account.row import CLEARED, PERMIT, RESELLER
from models.links import LinkKind
from models.sighting import SIGHTING, Sightings

# Owners whose use of a link says nothing about a campaign: agreed bulk use, other people's traffic, cleared
# by an analyst.
EXEMPT = PERMIT | RESELLER | CLEARED


@dataclass(slots=True)
class Link:
    """One shared key.

    Attributes:
        key, kind: Of the link.
        rows: Latest sighting per owner, dtype `SIGHTING`; the first `count` entries are used.
        judged: Suspect owners when the link was last looked at.
        watched: Whether the link's owners go on to the campaigns.
    """

    key: int
    kind: LinkKind
    count: int = 0
    judged: int = 0
    watched: bool = False
    rows: Sightings = field(default_factory=lambda: np.zeros(2, dtype=SIGHTING))
    _places: dict[int, int] = field(default_factory=dict)
    _changed: set[int] = field(default_factory=set)

    def see(self, sighting: np.void) -> bool:
        """Take in one sighting; False when a later one is known, so that a replay changes nothing."""
        account = int(sighting["owner"]["account"])
        place = self._places.get(account)
        if place is None:
            place = self._places[account] = self.count
            self.count += 1
            if place == len(self.rows):
                self.rows = np.concatenate([self.rows, np.zeros(len(self.rows), dtype=SIGHTING)])
        elif not _is_newer(sighting, self.rows[place]):
            return False
        self.rows[place] = sighting
        self._changed.add(place)
        return True

    @property
    def owners(self) -> Sightings:
        """All owners, dtype `SIGHTING`, in order of arrival."""
        return self.rows[: self.count]

    def suspects(self, min_dedication: float) -> NDArray[np.bool_]:
        """Shape (count,): owners who are not exempt and, on a template, do much of their work on it."""
        owners = self.owners
        suspect: NDArray[np.bool_] = (owners["owner"]["flags"] & EXEMPT) == 0
        if self.kind is LinkKind.TEMPLATE:
            suspect &= dedication(owners) >= min_dedication
        return suspect

    def unrelated(self, min_dedication: float) -> int:
        """Return the number of different organisations among the suspects."""
        return len(np.unique(self.owners["owner"]["org"][self.suspects(min_dedication)]))

    def take_changes(self) -> Sightings:
        """Return the owners that changed since this was last called."""
        changed = self.rows[sorted(self._changed)]
        self._changed.clear()
        return changed


def dedication(sightings: Sightings) -> NDArray[np.float64]:
    """Return the share of each owner's conversations that are on the link, in 0..1; shape (n,)."""
    share: NDArray[np.float64] = sightings["link_events"] / np.maximum(sightings["owner"]["openings"], 1)
    return np.minimum(share, 1.0)


def _is_newer(sighting: np.void, known: np.void) -> bool:
    new = (int(sighting["owner"]["events"]), int(sighting["link_events"]))
    return new > (int(known["owner"]["events"]), int(known["link_events"]))
