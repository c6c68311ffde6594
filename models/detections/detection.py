"""What a detection is: one measurement of a group, with everything a person needs to trust or clear it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from models.detections.case import Case
from models.detections.sample import Sample
from models.evidence import Kind, p_of
from models.population import Reference
from models.ranks import median, midranks, quantile
from models.sighting import Owners

# A rank needs a reference: below this many accounts nothing is normal yet.
MIN_REFERENCE = 50
MIN_MEMBERS = 5


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a detection measured in one group.

    Attributes:
        value: In the unit that `words` names.
        normal: Range of `value` in 95 % of benign groups.
        z: Standard score of `value` against benign groups; positive is suspicious.
        members: Accounts that the value rests on.
        words: One sentence for the analyst.
    """

    value: float
    normal: tuple[float, float]
    z: float
    members: int
    words: str

    def scored(self, z: float) -> Measurement:
        """Return the measurement with another score."""
        return Measurement(self.value, self.normal, z, self.members, self.words)

    @property
    def p(self) -> float:
        """How rarely a benign group measures so high."""
        return p_of(self.z)


class Detection(ABC):
    """One file in `models/detections`, found by introspection. The attributes are its documentation.

    Attributes:
        id: Never reused.
        title: What an analyst calls it.
        kind: Which kind of evidence it gives.
        facet: What of that kind it looks at. Detections of one facet are related and are pooled; facets are independent
            in benign groups, so that their evidence multiplies.
        status: `experimental` detections are reported but give no evidence.
        sees, source, false_positives, cleared_by, runbook: For the reference page and for alerts.
        samples: Groups that it must see and groups that it must leave alone, at least one of each.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    kind: ClassVar[Kind]
    facet: ClassVar[str] = ""
    status: ClassVar[Literal["experimental", "stable"]] = "stable"
    sees: ClassVar[str]
    source: ClassVar[str]
    false_positives: ClassVar[str]
    cleared_by: ClassVar[str]
    runbook: ClassVar[str]
    samples: ClassVar[tuple[Sample, ...]] = ()

    @abstractmethod
    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Measure a group against `reference`, accounts not under suspicion; None without data."""


class MemberDetection(Detection):
    """Ranks each member among the population, and the mean rank among benign groups.

    Members of a benign group are alike too (users of one program, one class), so their ranks are not
    independent: the mean rank of a benign group of n has variance `spread`^2 + 1/(12 n), however large the
    group is. This is the random-effects null; it is what keeps ten thousand users of a new program from
    looking ten thousand times unusual.

    Attributes:
        spread: Standard deviation of the mean rank between benign groups.
        unit: What `value_of` measures, for the words.
        silent_below: Mean rank below which nothing is said: that a rare sign is absent speaks for nobody. Above it the
            score counts from there.
    """

    spread: ClassVar[float]
    unit: ClassVar[str]
    silent_below: ClassVar[float] = 0.0

    @abstractmethod
    def value_of(self, owners: Owners) -> NDArray[np.float64]:
        """Return one value per account, larger is more suspicious, NaN where unknown; shape (n,)."""

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Test the members' mean rank; see the class."""
        normal, (low, high) = reference.derived(self.id, self._normal)
        values = self.value_of(case.owners)
        values = values[~np.isnan(values)]
        if len(values) < MIN_MEMBERS or len(normal) < MIN_REFERENCE:
            return None
        values.sort()
        if normal[0] == normal[-1] == values[0] == values[-1]:
            return None  # everyone is the same, so nothing was measured
        ranks = midranks(values, normal)
        rank = float(np.add.reduce(ranks)) / len(ranks)
        if rank < self.silent_below:
            return None
        deviation = math.sqrt(self.spread**2 + 1.0 / (12 * len(ranks)))
        middle = median(values)
        return Measurement(
            value=middle,
            normal=(low, high),
            z=(rank - max(self.silent_below, 0.5)) / deviation,
            members=len(ranks),
            words=(
                f"{self.title}: the median member's {self.unit} is {middle:.2f}, above {rank:.0%} of"
                f" accounts (95 % of accounts lie between {low:.2f} and {high:.2f})"
            ),
        )

    def _normal(self, owners: Owners) -> tuple[NDArray[np.float64], tuple[float, float]]:
        """Return the known values of `owners` in order, and the range that holds 95 % of them."""
        values = self.value_of(owners)
        values = np.sort(values[~np.isnan(values)])
        return values, (quantile(values, 0.025), quantile(values, 0.975)) if len(values) else (0.0, 0.0)
