"""What a detection is shown of a group."""

from __future__ import annotations

from dataclasses import dataclass

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

    @property
    def owners(self) -> Owners:
        """The members as accounts, dtype `OWNER`, shape (n,)."""
        owners: Owners = self.members["owner"]
        return owners
