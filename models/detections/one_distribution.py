"""Prompts of one distribution."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from models.detections.between import summed_directions
from models.detections.case import Case
from models.detections.detection import MIN_MEMBERS, MIN_REFERENCE, Detection, Measurement
from models.detections.sample import fires, stays
from models.evidence import Kind
from models.links import LinkKind
from models.population import Reference
from models.sighting import Owners

# Standard deviation, between benign groups, of the atanh of the mean cosine between members: users of one
# product ask alike, so their cosine is above the population's by chance of the product, not of the number of
# users.
SPREAD = 0.25
MOST = 3.0  # a class with one task asks as alike as anybody can


class OneDistribution(Detection):
    """The members' prompts look like samples of one distribution, each member's like all the others'."""

    id: ClassVar = "SW-C02"
    title: ClassVar = "Prompts of one distribution"
    kind: ClassVar = Kind.CONTENT
    sees: ClassVar = "The members' prompts look like samples of one distribution, each member's like all the others'."
    source: ClassVar = "Pooled two-sample statistics on prompt vectors (arXiv 2606.05725), with a linear kernel."
    false_positives: ClassVar = "Users of one program or one class with one task."
    cleared_by: ClassVar = "Accounts whose conversations differ from each other."
    runbook: ClassVar = (
        "Compare the members' content vectors with each other and with other accounts of the same client."
    )
    samples: ClassVar = (
        fires("cards whose holders all ask from one queue", kinds=(LinkKind.PAYMENT,), subjects=0.0),
        stays("people on one network", kinds=(LinkKind.IP,)),
        stays("users of one prompt, of whom others tell more", subjects=0.0),
    )

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Compare the mean cosine between members with the mean cosine between accounts at large."""
        if LinkKind.TEMPLATE in case.kinds:
            return None  # who shares a prompt has alike prompts; what else is alike is told by SW-C04
        inside, members = _mean_cosine(case.owners)
        outside, others = reference.derived(self.id, _mean_cosine)
        if members < MIN_MEMBERS or others < MIN_REFERENCE:
            return None
        z = min(float((np.arctanh(min(inside, 0.999)) - np.arctanh(outside)) / SPREAD), MOST)
        high = float(np.tanh(np.arctanh(outside) + 1.96 * SPREAD))
        return Measurement(
            value=inside,
            normal=(outside, high),
            z=z,
            members=members,
            words=(
                f"{self.title}: members' prompts have a mean cosine of {inside:.2f} with each other, accounts"
                f" at large {outside:.2f} (benign groups up to {high:.2f})"
            ),
        )


def _mean_cosine(owners: Owners) -> tuple[float, int]:
    """Return the mean cosine over all pairs of accounts that have content, and how many those are.

    In linear time: the squared norm of the sum holds all pairs.
    """
    total, n = summed_directions(owners["content"], owners["contents"])
    return (float(np.square(total).sum()) - n) / max(n * (n - 1), 1), n
