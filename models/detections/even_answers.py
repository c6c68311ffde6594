"""Answers alike between members."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.between import between_variance
from models.detections.interchangeable import InterchangeableMembers
from models.detections.sample import around, fires, stays
from models.evidence import Kind
from models.sighting import Owners

MIN_KNOWN = 8
MIN_ANSWERS = 2
STEADY = 5.0  # answers that the typical variance counts for
LEAST = 3e-3  # a standard deviation of 5 % between accounts is none


class EvenAnswers(InterchangeableMembers):
    """Every member asks for answers of the same lengths, as they come off one queue of tasks."""

    id: ClassVar = "SW-C05"
    title: ClassVar = "Answers alike"
    kind: ClassVar = Kind.CONTENT
    spread: ClassVar = 0.8
    farthest: ClassVar = 2.5
    sees: ClassVar = "Every member asks for answers of the same lengths, as they come off one queue of tasks."
    source: ClassVar = "Reports of 2026: one stream of tasks handed out over the accounts of a pool."
    false_positives: ClassVar = "Scheduled jobs of one program with one kind of task."
    cleared_by: ClassVar = "Members that differ in the length of their answers; one organisation behind them."
    runbook: ClassVar = "Median output_tokens per member; a pool is a narrow peak."
    samples: ClassVar = (
        fires("one kind of task, cut to one length", output_mean=around(5.0, 0.02)),
        stays("users of one program, each with needs of their own", output_mean=around(5.0, 0.6)),
    )

    def log_variations(self, owners: Owners, ts: int, groups: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ln of the variance between accounts of their mean ln(1 + output tokens), less what chance adds."""
        del ts
        counts = owners["openings"].astype(np.float64)
        known = counts >= MIN_ANSWERS
        means = np.where(known, owners["output_mean"], np.nan).astype(np.float64)
        # An account's own variance is a poor guide where it rests on few answers: those of all accounts steady it.
        freedom = np.where(known, counts - 1.0, 0.0)
        squares = np.where(known, counts * owners["output_var"], 0.0)
        typical = squares[groups].sum(axis=-1) / np.maximum(freedom[groups].sum(axis=-1), 1.0)
        within = (squares[groups] + STEADY * typical[:, None]) / (freedom[groups] + STEADY)
        errors = np.maximum(within, LEAST) / np.maximum(counts, 1.0)[groups]
        between = between_variance(means[groups], errors, MIN_KNOWN)
        return np.log(np.maximum(between, LEAST))

    def words(self, inside: float, ordinary: float, low: float) -> str:
        """Return the sentence for the analyst."""
        return (
            f"the lengths of members' answers differ between members with a variance of {inside:.3f} (natural"
            f" logarithm), between accounts at large with {ordinary:.3f} (benign groups at least {low:.3f})"
        )
