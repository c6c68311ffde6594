"""The sizing and the simulation as tables of docs/scaling.md."""

from __future__ import annotations

from tests.bench.markdown import table
from tests.bench.scale.costs import Costs
from tests.bench.scale.model import STAGES, Plan, Simulation
from tests.bench.scale.plans import plans
from tests.bench.scale.sizing import RATES, Size


def sized(costs: Costs) -> str:
    """Return the sizing table."""
    head = (
        "events/s", "worker cores", "cores for campaigns", "partitions", "to Kafka", "brokers", "to ClickHouse",
        "shards", "accounts' state", "a lost worker is back",
    )  # fmt: skip
    return table(head, (_size_row(Size.of(rate, costs)) for rate in RATES))


def _size_row(size: Size) -> tuple[str, ...]:
    return (
        f"{size.rate:,}",
        f"{size.workers:,}",
        f"{size.judging:.2g}",
        f"{size.partitions:,}",
        f"{size.kafka_mb:,.0f} MB/s",
        f"{size.brokers}",
        f"{size.store_mb:,.0f} MB/s",
        f"{size.shards}",
        f"{size.state_gb:,.1f} GB",
        f"{size.recovery_seconds:,.0f} s",
    )


def simulated(costs: Costs) -> str:
    """Return the table of the simulation."""
    head = (
        "events/s", "what happens", *(f"{stage}, busiest core" for stage in STAGES), "first", "at events/s",
        "longest lag", "over 10 s behind",
    )  # fmt: skip
    return table(head, (_plan_row(plan) for plan in plans(costs)))


def _plan_row(plan: Plan) -> tuple[str, ...]:
    found = Simulation(plan).run()
    stage = max(found.longest_lag, key=lambda one: found.longest_lag[one])
    return (
        f"{plan.size.rate:,}",
        plan.name,
        *(f"{100 * found.load[one]:.0f}%" for one in STAGES),
        found.first,
        f"{found.saturates_at:,.0f}",
        f"{stage}, {found.longest_lag[stage]:,.0f} s",
        f"{found.behind_seconds:,} s",
    )
