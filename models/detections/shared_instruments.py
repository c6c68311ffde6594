"""Several instruments shared by the users of one prompt."""

from __future__ import annotations

import math
from typing import ClassVar

from models.detections.case import Case
from models.detections.detection import MIN_MEMBERS, Detection, Measurement
from models.detections.sample import fires, held_by, some, stays
from models.evidence import Kind
from models.links import LinkKind
from models.population import Reference

# Among people who happen to use one prompt, one firm's card may pay for several, and about three in a hundred share a
# registration with another; groups differ in that by a factor of 1.8.
FIRMS, PER_MEMBER, SPREAD = 0.5, 0.03, 0.6


class SharedInstruments(Detection):
    """Users of one prompt share not one card or registration, as a firm's would, but many different ones."""

    id: ClassVar = "SW-L04"
    title: ClassVar = "Many shared instruments"
    kind: ClassVar = Kind.COORDINATION
    facet: ClassVar = "identity"
    sees: ClassVar = (
        "Users of one prompt share not one card or registration, as a firm's would, but many different ones."
    )
    source: ClassVar = "Reports of 2026: shared payment methods and similar registrations within one pool."
    false_positives: ClassVar = "A program that is sold to small teams, each with a card of its own."
    cleared_by: ClassVar = "The teams behind the cards, as organisations or verified owners."
    runbook: ClassVar = "Group the members by payment and by signup, and count those with two members or more."
    samples: ClassVar = (
        fires("eight cards of five accounts each", payment=held_by(5), signup=held_by(3)),
        stays("one firm among users of a prompt", payment=some(0.1, 7.0, 0.0)),
        stays("holders of one card, found by it", payment=held_by(5), kinds=(LinkKind.PAYMENT,)),
    )

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Count instruments of two members or more; None where instruments are what the group was found by."""
        del reference
        owners, n = case.owners, len(case.owners)
        if all(kind.is_identity for kind in case.kinds) or n < MIN_MEMBERS:
            return None
        if not owners["payment"].any() and not owners["signup"].any():
            return None
        shared = len(case.shared("payment")) + len(case.shared("signup"))
        ordinary = FIRMS + PER_MEMBER * n
        return Measurement(
            value=float(shared),
            normal=(0.0, (1.0 + ordinary) * math.exp(1.96 * SPREAD) - 1.0),
            z=math.log((1.0 + shared) / (1.0 + ordinary)) / SPREAD,
            members=n,
            words=(
                f"{self.title}: {shared} cards and registrations are each shared by two or more of the {n} members, of"
                f" different organisations (as many users of one prompt: about {ordinary:.1f})"
            ),
        )
