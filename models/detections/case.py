"""What a detection is shown of a group."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.detections.pairs import held_by_several
from models.links import LinkKind
from models.sighting import Owners, Sightings


@dataclass(frozen=True, slots=True)
class Case:
    """What detections are shown: the members of one group, as of one moment.

    Attributes:
        members: Dtype `SIGHTING`, one per member, n of them.
        ts: Event time of the look, epoch ms.
        kinds: The kinds of links the group shares.
    """

    members: Sightings
    ts: int
    kinds: frozenset[LinkKind]
    _shared: dict[str, NDArray[np.uint64]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def owners(self) -> Owners:
        """The members as accounts, dtype `OWNER`, shape (n,)."""
        owners: Owners = self.members["owner"]
        return owners

    def shared(self, column: str) -> NDArray[np.uint64]:
        """Return the keys in a column of `owners` that members of different organisations have; found once."""
        if column not in self._shared:
            self._shared[column] = held_by_several(self.owners[column], self.owners["org"])
        return self._shared[column]
