"""How much evidence ordinary groups bring about, from which the threshold of alerts follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

# A group with less than this is not compared with others that have the same accounts: that costs more than it matters.
NOTABLE = 0.05
# A group with so much is as good as suspect, and says nothing of ordinary ones. Of those at most one in this many has
# as much (Markov), so that leaving them out understates what ordinary groups make by a tenth of it at most. Counted,
# pools that are not found yet would raise the threshold for one another.
UNUSUAL = 10.0


@dataclass(slots=True)
class OrdinaryWealth:
    """The wealth that groups have by now which could alert and do not, each operation once.

    What could alert has two kinds of evidence; a group counts with one unit at most, and not at all from `UNUSUAL` on.
    A pool's links make many groups of the same accounts, of which the wealthiest counts: otherwise the more ways a pool
    is seen in, the more evidence would be needed against it. What alerted is no longer ordinary.

    >>> ordinary = OrdinaryWealth()
    >>> ordinary.learn("one prompt", 0.5, peers=[])
    >>> ordinary.learn("its other half", 7.0, peers=["one prompt"])
    >>> ordinary.total
    1.0
    >>> ordinary.learn("all of it", 70.0, peers=["its other half"])
    >>> ordinary.learn("one prompt", 0.5, peers=["all of it"])
    >>> ordinary.total
    0.0
    """

    total: float = 0.0
    _of: dict[str, float] = field(default_factory=dict)

    def learn(self, group: str, wealth: float, peers: Iterable[str]) -> None:
        """Learn the latest wealth of a group, 0 if it could not alert; `peers` are groups of the same accounts."""
        if wealth >= NOTABLE:
            others = {peer: self._of[peer] for peer in peers if peer in self._of and peer != group}
            if any(other >= wealth for other in others.values()):
                wealth = 0.0
            else:
                self.forget(others)
        self.forget([group])
        self._of[group] = wealth
        self.total += _counted(wealth)

    def forget(self, groups: Iterable[str]) -> None:
        """Forget groups that are under suspicion, or that others speak for."""
        for group in list(groups):
            self.total -= _counted(self._of.pop(group, 0.0))

    def let_go(self, groups: Iterable[str]) -> None:
        """Hold groups no longer; what they made still counts, as the time does in which they made it."""
        for group in groups:
            self._of.pop(group, None)


def _counted(wealth: float) -> float:
    return min(wealth, 1.0) if wealth < UNUSUAL else 0.0
