"""Prompts off one queue."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.between import between_products
from models.detections.interchangeable import InterchangeableMembers
from models.detections.sample import fires, stays
from models.evidence import Kind
from models.sighting import Owners

MIN_KNOWN = 8
LEAST = 3e-3  # subjects that show no more than this are none
CHANCE = 1.0 / 64  # variance of the cosine of two unrelated vectors of 64 dimensions


class OneQueue(InterchangeableMembers):
    """A member's prompts are no more alike than those of any two members: nobody has interests of their own."""

    id: ClassVar = "SW-C04"
    title: ClassVar = "Prompts off one queue"
    kind: ClassVar = Kind.CONTENT
    spread: ClassVar = 1.0
    farthest: ClassVar = 2.0
    sees: ClassVar = (
        "A member's prompts are no more alike than those of any two members: nobody has interests of their own."
    )
    source: ClassVar = (
        "Coverage: the prompts of a pool's members are samples of one distribution, where people and products keep to"
        " their subjects (two-sample statistics on prompt vectors, arXiv 2606.05725)."
    )
    false_positives: ClassVar = "Jobs of one program over one set of inputs; accounts with too few prompts to tell."
    cleared_by: ClassVar = "Members that keep to subjects of their own."
    runbook: ClassVar = "Compare content vectors within and between members in api_events."
    samples: ClassVar = (
        fires("members fed from one queue", subjects=0.0),
        stays("users with subjects of their own", subjects=1.0),
    )

    def log_variations(self, owners: Owners, ts: int, groups: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ln of how much more alike an account's own prompts are than prompts of two accounts.

        With a the mean cosine within accounts and b that between them, it is (a - b) / (1 - b): a prompt that all share
        changes both alike and leaves it as it is.
        """
        del ts
        lengths, own, weights = _prompts(owners)
        weight = weights[groups]
        n = (weight > 0).sum(axis=-1)
        total = np.maximum(weight.sum(axis=-1), 1e-9)
        within = (own[groups] * weight).sum(axis=-1) / total
        between = between_products(owners["content"], lengths, groups) / np.maximum(n * (n - 1), 1)
        # The cosines of an account with k prompts rest on k (k - 1) / 2 pairs.
        error = np.sqrt(2.0 * CHANCE * np.maximum(1.0 - between, 0.0) ** 2 / total)
        excess = np.maximum((within - between) / np.maximum(1.0 - between, 1e-3), error)
        return np.where(n >= MIN_KNOWN, np.log(np.maximum(excess, LEAST)), np.nan)

    def words(self, inside: float, ordinary: float, low: float) -> str:
        """Return the sentence for the analyst."""
        return (
            f"a member's prompts are {inside:.3f} more alike (cosine) than those of two members, accounts at large"
            f" {ordinary:.3f} (benign groups at least {low:.3f})"
        )


def _prompts(owners: Owners) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the length of each account's mean prompt vector, in units of a prompt's, its cohesion, and a weight.

    The weight is that of its pairs of prompts, at most those of 30 prompts. Below two prompts it is 0, and the length.
    """
    counts = owners["contents"].astype(np.float64)
    own = owners["cohesion"].astype(np.float64)
    own[np.isnan(own)] = 0.0
    # The mean vector of k unit prompts with mean cosine c has the squared length c + (1 - c) / k.
    squared = np.maximum(own + (1.0 - own) / np.maximum(counts, 1.0), 0.0)
    used = np.minimum(counts, 30.0)
    known = counts >= 2
    return np.where(known, np.sqrt(squared), 0.0), own, np.where(known, used * (used - 1), 0.0)
