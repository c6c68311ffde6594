"""What is simulated: traffic as it is, and what is hard about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.bench.scale.costs import Costs
from tests.bench.scale.model import Plan
from tests.bench.scale.sizing import RATES, Size


def plans(costs: Costs) -> Iterator[Plan]:
    """Yield every plan, at every rate of the sizing table."""
    for rate in RATES:
        size = Size.of(rate, costs)
        plain = Plan("accounts as they are", size, costs)
        yield plain
        yield replace(plain, name="the same, partitions dealt out in turn", in_turn=True)
        yield replace(plain, name="one account sends a tenth of all", hot_account=0.1)
        yield replace(plain, name="one link has a third of all sightings", hot_link=0.33)
        yield replace(plain, name="a worker restarts", restarts=1)
        yield replace(plain, name="ten restarts, a minute apart", restarts=10)
