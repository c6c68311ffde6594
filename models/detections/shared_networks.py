"""One proxy network."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.case import Case
from models.detections.detection import MIN_MEMBERS, MIN_REFERENCE, Detection, Measurement
from models.detections.pairs import held_by_several
from models.detections.sample import fires, held_by, some, stays
from models.distinct import counted
from models.evidence import Kind
from models.links import LinkKind
from models.population import Reference
from models.sighting import Owners

# Beside what accounts at large have in common by chance, one household or office in the group, and five members in a
# hundred, are behind the network of another; groups differ in that by a factor of 1.8.
HOUSEHOLDS, PER_MEMBER, SPREAD = 0.5, 0.05, 0.6
MOST = 2.5  # a campus has one network


class SharedNetworks(Detection):
    """Members of different organisations share networks, as the exits of one proxy network are reused."""

    id: ClassVar = "SW-L09"
    title: ClassVar = "One proxy network"
    kind: ClassVar = Kind.COORDINATION
    facet: ClassVar = "identity"
    sees: ClassVar = "Members of different organisations share networks, as the exits of one proxy network are reused."
    source: ClassVar = "Reports of 2026: more than 20,000 accounts in one proxy network."
    false_positives: ClassVar = "A campus or an office; customers of one VPN; phones behind one carrier's addresses."
    cleared_by: ClassVar = "Verified owners; networks that many unrelated accounts use."
    runbook: ClassVar = "Group the members by ip, and count those with two members of different organisations or more."
    samples: ClassVar = (
        fires("exits that are reused", ip=held_by(4)),
        stays("people at home", ip=held_by(1)),
        stays("one household among users of a prompt", ip=some(0.08, 5.0)),
        stays("a campus, found by its network", ip=1, kinds=(LinkKind.IP,)),
    )

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Count members whose network another member of another organisation is behind; None where that found them."""
        owners, n = case.owners, len(case.owners)
        if all(kind.is_network for kind in case.kinds) or n < MIN_MEMBERS or len(reference.owners) < MIN_REFERENCE:
            return None
        shared = _companions(owners)
        if shared is None:
            return None
        ordinary = HOUSEHOLDS + PER_MEMBER * n + n * (n - 1) * reference.derived(self.id, _chance)
        if shared <= ordinary:
            return None  # that nothing is shared speaks for nobody: most pools have exits enough
        return Measurement(
            value=shared / n,
            normal=(0.0, min(((1.0 + ordinary) * math.exp(1.96 * SPREAD) - 1.0) / n, 1.0)),
            z=min(math.log((1.0 + shared) / (1.0 + ordinary)) / SPREAD, MOST),
            members=n,
            words=(
                f"{self.title}: {shared} of {n} members are behind the network of a member of another"
                f" organisation (in benign groups about {ordinary:.1f})"
            ),
        )


def _companions(owners: Owners) -> int | None:
    """Return how many accounts are behind one network with another organisation's; None where no network is known."""
    networks = owners["ip"]
    if not networks.any():
        return None
    return int(np.count_nonzero(np.isin(networks, held_by_several(networks, owners["org"]))))


def _chance(owners: Owners) -> float:
    """Return the share of pairs of accounts at large that are behind one network."""
    known: NDArray[np.uint64] = owners["ip"][owners["ip"] != 0]
    _, counts = counted(known)
    pairs = len(known) * (len(known) - 1.0)
    return float((counts * (counts - 1.0)).sum() / pairs) if pairs else 0.0
