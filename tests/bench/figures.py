"""What `make bench` finds, and the files it is kept in."""

from __future__ import annotations

import msgspec

from tests.bench.traffic import FOLDER

FILE = FOLDER.parent / "bench.json"
DETAILS = FILE.with_name("bench-details.json")
PLOT = FILE.with_suffix(".svg")


class Figures(msgspec.Struct, kw_only=True):
    """`build/bench.json`, these keys and no others. Medians of the runs.

    Attributes:
        worker_cpu_us_per_event: All threads of one worker, from fetch to insert, with default settings,
            on the day of a provider with 100,000 accounts.
        two_worker_speedup: `tests.bench.pair.Pair.speedup`.
        latency_p99_s: Of alerts, at 80 % of the events a second that the worker did of the same traffic just before.
        state_bytes_p50, changelog_bytes_p50: Of an account, in memory and on Kafka.
        rss_bytes_at_1m_accounts: Of a process with the accounts of one worker.
        sketches_per_s: Of CPU time, 200 tokens each.
        cpu_us_per_event_10k_accounts, cpu_us_per_event_1m_accounts: Account models, decoding included.
        floor_us_per_event: A loop over the same topic that does nothing.
        peers: Decoding and counting per account, CPU microseconds per event, by name.
    """

    worker_cpu_us_per_event: float
    two_worker_speedup: float
    latency_p99_s: float
    state_bytes_p50: float
    changelog_bytes_p50: float
    rss_bytes_at_1m_accounts: int
    sketches_per_s: float
    cpu_us_per_event_10k_accounts: float
    cpu_us_per_event_1m_accounts: float
    floor_us_per_event: float
    peers: dict[str, float]


class Grown(msgspec.Struct):
    """What an event costs with so many of something (`tests.bench.growth_process`): CPU us; longest of a thousand."""

    cpu_us_per_event: float
    accounts: float
    links: float
    campaigns: float
    longest_ms: float


class Details(msgspec.Struct, kw_only=True):
    """`build/bench-details.json`: what the figures rest on, and what no key of theirs is for.

    Attributes:
        date, cores, load: Of the machine; `load` is how many processes wanted a core on average, before and after.
        scenario, events, runs: What one worker was given.
        small: The traffic of two workers and, in part, of the peers.
        spread: Of each cost, the runs in order.
        threads: The worker's CPU by thread, us per event.
        split: The worker's CPU in the models of accounts, links and campaigns, us per event.
        events_per_second: Of one worker by the clock.
        two_workers_by_clock, two_workers_by_cpu: `tests.bench.pair.Pair`.
        latency_rate, alerts: Events a second, and alerts that were timed.
        latency_s: By quantile, of all runs together.
        growth: By what has grown.
    """

    date: str
    cores: int
    load: tuple[float, float]
    scenario: str
    small: str
    events: int
    runs: int
    spread: dict[str, list[float]]
    threads: dict[str, float]
    split: dict[str, float]
    events_per_second: float
    two_workers_by_clock: float
    two_workers_by_cpu: float
    latency_rate: float
    alerts: int
    latency_s: dict[str, float]
    growth: dict[str, Grown]
