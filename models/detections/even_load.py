"""Even load."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.detections.between import between_variance
from models.detections.interchangeable import InterchangeableMembers
from models.detections.sample import fires, stays, times
from models.evidence import Kind
from models.sighting import Owners

DAY_MS = 86_400_000
MIN_BALANCED = 8
LEAST = 1e-3
MANY = 10_000  # gaps beyond which chance is no matter
_TRIGAMMA = math.pi**2 / 6 - np.concatenate([[0.0, 0.0], np.cumsum(1.0 / np.arange(1, MANY, dtype=np.float64) ** 2)])


class EvenLoad(InterchangeableMembers):
    """Members send at one rate, as a load balancer would spread it, where people differ by factors."""

    id: ClassVar = "SW-L01"
    title: ClassVar = "Even load"
    kind: ClassVar = Kind.COORDINATION
    facet: ClassVar = "time"
    spread: ClassVar = 0.3
    sees: ClassVar = "Members send at one rate, as a load balancer would spread it, where people differ by factors."
    source: ClassVar = "Reports of 2026: even load over the accounts of a pool."
    false_positives: ClassVar = "Scheduled jobs of one program; a class working through one exercise sheet."
    cleared_by: ClassVar = "Rates that differ as people's do; one organisation behind the accounts."
    runbook: ClassVar = "Histogram of events per member and day; a pool is a narrow peak."
    samples: ClassVar = (
        fires("a load balancer", rate=26, requests=60, one_shot=0.9),
        stays("people whose rates differ by factors", rate=times(12.0, 1.0), requests=60),
    )

    def log_variations(self, owners: Owners, ts: int, groups: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return ln of the standard deviation between accounts of the logarithm of their rates, less what chance adds.

        What is known of an account is as of one of its requests, so its rate is known from the time that its requests
        took: of n at a constant rate, the logarithm of that time has the variance `_chance` of n - 1. A pool is even in
        conversations and in requests; people who share a program may have as many conversations as each other, since a
        day has room for so many, and differ in what they ask in them. So the larger of both variations counts.
        """
        del ts
        days = (owners["last"] - owners["first"]) / DAY_MS
        conversations = _variation(owners["openings"].astype(np.int64) - 1, days, groups)
        requests = _variation(owners["events"].astype(np.int64) - 1, days, groups)
        return np.log(np.maximum(np.maximum(conversations, requests), LEAST)) / 2

    def words(self, inside: float, ordinary: float, low: float) -> str:
        """Return the sentence for the analyst."""
        return (
            f"members' request rates differ by a factor of {math.exp(inside):.2f}, as many accounts' at large by"
            f" {math.exp(ordinary):.2f} (benign groups at least {math.exp(low):.2f})"
        )


def _variation(gaps: NDArray[np.int64], days: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the variance of ln(gaps per day) between the accounts of each group; NaN where too few are known."""
    known = (gaps >= 1) & (days > 0)
    rates = np.full(len(gaps), np.nan)
    rates[known] = np.log(gaps[known] / days[known])
    errors = _chance(np.minimum(np.maximum(gaps, 1), MANY))
    return between_variance(rates[groups], errors[groups], MIN_BALANCED)


def _chance(gaps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the variance of the logarithm of the sum of `gaps` equal exponential times: the trigamma function."""
    return _TRIGAMMA[gaps]
