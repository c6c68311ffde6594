"""How many machines a rate of events takes, by arithmetic from measured costs."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from tests.bench.scale.costs import (
    ACCOUNTS_PER_EVENT,
    BROKER_MB_PER_S,
    DOLLARS_PER_CORE_HOUR,
    EVENT_BYTES,
    RECOVERY_US,
    REPLICAS,
    SHARD_MB_PER_S,
    Costs,
)

RATES = (10_000, 100_000, 1_000_000)
# Half as many cores again leave room to catch up.
ROOM = 1.5
LEAST_PARTITIONS = 4


@dataclass(frozen=True, slots=True)
class Size:
    """What `rate` events a second take.

    Attributes:
        workers: Of one core each.
        judging: Cores for campaigns, one of those at most: above 1 one partition of evidence is not enough.
        partitions: Of `api-events`: twice the workers, a power of two.
        kafka_mb, store_mb: A second, with all replicas.
        state_gb: Of accounts over all workers.
        recovery_seconds: Until a worker that is lost has its accounts put back, on a core.
    """

    rate: int
    workers: int
    judging: float
    partitions: int
    kafka_mb: float
    brokers: int
    store_mb: float
    shards: int
    state_gb: float
    recovery_seconds: float

    @classmethod
    def of(cls, rate: int, costs: Costs) -> Size:
        """Return the size for a rate."""
        judging = rate * costs.campaigns / 1e6
        workers = ceil(ROOM * rate * (costs.events + costs.links) / 1e6 + min(ROOM * judging, 1.0))
        kafka = rate * EVENT_BYTES * REPLICAS / 1e6
        accounts = rate * ACCOUNTS_PER_EVENT
        return cls(
            rate=rate,
            workers=workers,
            judging=judging,
            partitions=max(1 << (2 * workers - 1).bit_length(), LEAST_PARTITIONS),
            kafka_mb=kafka,
            brokers=max(ceil(kafka / BROKER_MB_PER_S), REPLICAS),
            store_mb=rate * EVENT_BYTES / 1e6,
            shards=ceil(rate * EVENT_BYTES / 1e6 / SHARD_MB_PER_S),
            state_gb=accounts * costs.state_bytes / 1e9,
            recovery_seconds=accounts / workers * RECOVERY_US / 1e6,
        )


def dollars_per_million(costs: Costs) -> float:
    """Return what the workers' cores cost for a million events."""
    return ROOM * costs.all / 3600 * DOLLARS_PER_CORE_HOUR
