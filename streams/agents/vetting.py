"""Labels that make a model raise: put aside with the reason, so that all others hold and the stream goes on.

Labels are rows of a table and not of the log, so one that stopped the worker would stop it again at every start. Each
is tried on campaigns that know nothing before those in use hear it: that finds a label that cannot be taken in,
whatever is known. One that raises because of what is known is found among the others one by one, each time with
campaigns made anew (`streams.agents.campaigns`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from models.campaign.model import CampaignModel
from models.decoding import Violation
from streams.agents.poison import Tolerance
from streams.bus.letter import Letter
from streams.sinks.dead_letters import DeadLetters
from streams.sources.labels import SaidLabel

# In place of a topic in the letters about labels; their offset is of the label's id, their key the id itself.
LABELS = "labels"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Vetting:
    """Decides which labels the models may hear.

    Args:
        new: Returns campaigns that know nothing.
        letters: Where a label goes that makes a model raise.
        tolerance: Counts those.
    """

    new: Callable[[], CampaignModel]
    letters: DeadLetters
    tolerance: Tolerance = field(default_factory=lambda: Tolerance("label"))
    _aside: set[UUID | None] = field(default_factory=set)
    _untold: list[Letter] = field(default_factory=list)

    def vetted(self, said: Sequence[SaidLabel]) -> list[SaidLabel]:
        """Return the labels that can be taken in; put the others aside.

        Raises:
            PoisonError: There are too many of those.
        """
        said = [one for one in said if one.id not in self._aside]
        holding = [one.label for one in said if one.holds]
        model = self.new()
        if not isinstance(self.tolerance.attempt(lambda: model.learn_labels(holding)), Violation):
            self.tolerance.passed(len(holding))
            return said
        return [one for one in said if not one.holds or self._is_sound(one)]

    def put_aside(self, one: SaidLabel, why: Violation) -> None:
        """Put a label aside; raises as `vetted` does."""
        log.warning("the label %s of %s %s; it is left out", one.id, one.analyst, why.rule)
        number = 0 if one.id is None else one.id.int >> 65
        self._aside.add(one.id)
        self._untold.append(
            Letter.refusing(why, topic=LABELS, partition=0, offset=number, ts=one.label.ts, key=str(one.id).encode())
        )
        self.tolerance.put_aside(number, why)

    def is_aside(self, one: SaidLabel) -> bool:
        """Whether a label was put aside."""
        return one.id in self._aside

    async def tell(self) -> None:
        """Send the letters that are not sent yet; not before the worker runs."""
        untold, self._untold = self._untold, []
        for letter in untold:
            await self.letters.send(letter)

    def _is_sound(self, one: SaidLabel) -> bool:
        why = self.tolerance.attempt(lambda: self.new().learn_labels([one.label]))
        if isinstance(why, Violation):
            self.put_aside(one, why)
            return False
        self.tolerance.passed(1)
        return True
