"""What the sizing and the simulation rest on: figures of a benchmark, and what was not measured here."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.kept import Kept

# Measured by `python -m tests.chaos.measure_recovery` (docs/reliability.md): CPU to put an account back.
RECOVERY_US = 30.0
# Assumed: what people plan a broker's disks and network for, what a ClickHouse shard of eight cores inserts, how
# many accounts a provider has for each event a second, and what a core costs for an hour.
BROKER_MB_PER_S, SHARD_MB_PER_S, ACCOUNTS_PER_EVENT, DOLLARS_PER_CORE_HOUR = 250.0, 100.0, 100, 0.04
EVENT_BYTES, REPLICAS = 1024, 3


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU microseconds per event, by who can share the work.

    Attributes:
        events: Fetch, decoding, account models, state and inserts: by partition of `api-events`.
        links: By partition of `sightings`.
        campaigns: By the one partition of `evidence`.
        state_bytes, changelog_bytes: Of an account.
    """

    events: float
    links: float
    campaigns: float
    state_bytes: float
    changelog_bytes: float

    @classmethod
    def of(cls, kept: Kept) -> Costs:
        """Return the costs of a benchmark: what is not models of links or campaigns goes with the events."""
        worker, split = kept.figures.worker_cpu_us_per_event, kept.details.split
        return cls(
            events=worker - split["links"] - split["campaigns"],
            links=split["links"],
            campaigns=split["campaigns"],
            state_bytes=kept.figures.state_bytes_p50,
            changelog_bytes=kept.figures.changelog_bytes_p50,
        )

    @property
    def all(self) -> float:
        """All of an event."""
        return self.events + self.links + self.campaigns
