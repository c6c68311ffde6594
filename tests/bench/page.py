"""The figures of docs/scaling.md: between `<!-- NAME -->` and `<!-- end -->` stands what is written here."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.bench.kept import Kept
from tests.bench.markdown import table
from tests.bench.scale.costs import DOLLARS_PER_CORE_HOUR, Costs
from tests.bench.scale.page import simulated, sized
from tests.bench.scale.sizing import dollars_per_million
from tests.bench.tables import aims

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"


def write(run: Kept) -> None:
    """Write the figures of a benchmark into the page."""
    PAGE.write_text(filled(PAGE.read_text(), run))


def filled(text: str, run: Kept) -> str:
    """Return a page with its blocks written anew."""
    for name, block in BLOCKS.items():
        put = f"<!-- {name} -->\n\n{block(run)}\n\n<!-- end -->"
        text, found = re.subn(rf"<!-- {name} -->.*?<!-- end -->", lambda _, put=put: put, text, flags=re.DOTALL)
        assert found == 1, f"docs/scaling.md has {found} blocks named {name}, not one"
    return text


def _machine(run: Kept) -> str:
    made = run.details
    return (
        f"`make bench` on {made.date}: {made.cores} cores, on which {made.load[0]:.1f} (at the start) and"
        f" {made.load[1]:.1f} (at the end) processes wanted to run; {made.events:,} events of {made.scenario}, medians"
        f" of {made.runs} runs. Two workers and the peers were given {made.small}."
    )


def _costs(run: Kept) -> str:
    floor = run.figures.floor_us_per_event
    rows = (
        (name, f"{median(values):.1f}", f"{min(values):.1f} to {max(values):.1f}", f"{median(values) / floor:.1f}")
        for name, values in run.details.spread.items()
    )
    return table(("", "CPU us an event", "runs", "to the floor"), rows)


def _aims(run: Kept) -> str:
    return table(("what", "measured", "aim"), aims(run.figures))


def _parts(run: Kept) -> str:
    made = run.details
    models = sum(made.split.values())
    rest = made.threads["MainThread"] - models
    rows = [
        ("models of accounts, decoding included", made.split["accounts"]),
        ("models of links", made.split["links"]),
        ("models of campaigns", made.split["campaigns"]),
        ("the rest of the event loop: agents, messages between them, rows for the store, Faust", rest),
        ("thread of the Kafka consumer (aiokafka)", made.threads.get("Thread-1", 0.0)),
        ("thread of the store writer: columns, compression, HTTP", made.threads.get("store-writer", 0.0)),
        ("others", sum(made.threads.values()) - sum(made.threads.get(name, 0.0) for name in _NAMED)),
    ]
    return table(("part of the worker", "CPU us an event"), ((name, f"{cost:.1f}") for name, cost in rows))


def _growth(run: Kept) -> str:
    rows = (
        (name.replace("-", " "), *(f"{cost:.1f}" for cost in (one.cpu_us_per_event, one.accounts, one.links,
                                                              one.campaigns)), f"{one.longest_ms:.0f}")
        for name, one in run.details.growth.items()
    )  # fmt: skip
    head = ("with", "CPU us an event", "accounts", "links", "campaigns", "longest 1,000 events, ms")
    return table(head, rows)


def _latency(run: Kept) -> str:
    made = run.details
    times = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in made.latency_s.items())
    return (
        f"At {made.latency_rate:,.0f} events a second, 80 % of what the worker had done by the clock just before, of"
        f" {made.alerts} alerts: {times}. On {made.small} a worker did"
        f" {made.events_per_second:,.0f} events a second by the clock; two did {made.two_workers_by_clock:.2f} times as"
        f" much, and {made.two_workers_by_cpu:.2f} times by the CPU time of the busier one."
    )


def _price(run: Kept) -> str:
    costs = Costs.of(run)
    return (
        f"With {costs.events:.1f} us an event for what `api-events` is shared by, {costs.links:.1f} for links and"
        f" {costs.campaigns:.1f} for campaigns, a million events take {costs.all:.0f} CPU seconds; with room to catch"
        f" up, at ${DOLLARS_PER_CORE_HOUR:.2f} a core and hour, ${dollars_per_million(costs):.4f}."
    )


_NAMED = ("MainThread", "Thread-1", "store-writer")
BLOCKS: dict[str, Callable[[Kept], str]] = {
    "machine": _machine,
    "aims": _aims,
    "costs": _costs,
    "parts": _parts,
    "latency": _latency,
    "growth": _growth,
    "price": _price,
    "sizing": lambda run: sized(Costs.of(run)),
    "simulation": lambda run: simulated(Costs.of(run)),
}
