"""The long fault run: `make chaos`, or `python -m tests.chaos --events 1000000 --kills 50`.

Simulated traffic with repeated, reordered, late and broken events goes through two workers, once undisturbed and once
under kills of workers, of the broker, and outages of the store. Then everything is counted, and the outcome written to
`build/chaos.json`. Ends with 1 when an event is lost or counted twice, or a verdict differs.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import time
from itertools import cycle, islice
from pathlib import Path

from tests.chaos.broker import MortalKafka
from tests.chaos.faults import survive
from tests.chaos.run import Run
from tests.chaos.traffic import disturbed, simulated

EVENTS_OF_SCALE_ONE = 31_000  # rounded down, so that there are at least as many as asked for
DIFFERING = 0.001  # of accounts, as between numbers of workers (contract, section 5)


def main() -> int:
    """Run it all."""
    options = _options()
    folder = Path("build") / "chaos"
    folder.mkdir(parents=True, exist_ok=True)
    for old in ("calm", "storm"):
        shutil.rmtree(folder / old, ignore_errors=True)
    messages = disturbed(simulated(options.events / EVENTS_OF_SCALE_ONE, options.seed, folder), options.seed)
    plan = ["kill"] * options.kills + ["broker"] * options.broker_restarts
    plan += [*islice(cycle(("gone", "stick", "shut")), options.sink_outages)] + ["term"] * options.terms
    random.Random(options.seed).shuffle(plan)
    _say(f"{len(messages):,} messages")
    with MortalKafka() as kafka:
        with Run(folder / "storm", kafka, prefix="storm.") as storm:
            faults = survive(storm, messages, plan, options.seed, options.patience)
            lost, doubled = storm.counts()
            found = storm.verdicts()
        _say(f"storm: {lost} lost, {doubled} doubled, {len(found.alerts)} alerts, {len(found.members)} members")
        outcome: dict[str, int | float] = {
            "events": len(messages),
            "kills": faults.kills,
            "broker_restarts": faults.broker_restarts,
            "sink_outages": faults.sink_outages,
            "lost": lost,
            "doubled": doubled,
            "recovery_seconds_max": round(storm.recovery_seconds, 1),
        }
        _write(outcome)
        with Run(folder / "calm", kafka, prefix="calm.") as calm:
            survive(calm, messages, [], options.seed, options.patience)
            calm_counts, wanted = calm.counts(), calm.verdicts()
        _say(f"calm: {calm_counts}, {len(wanted.alerts)} alerts, {len(wanted.members)} members")
    differing = len(found.members ^ wanted.members)
    outcome |= {
        "alerts": len(found.alerts),
        "alerts_undisturbed": len(wanted.alerts),
        "alerts_unsound": len(found.unsound()),
        "accounts": wanted.accounts,
        "members": len(found.members),
        "verdicts_differing": differing,
        "lost_or_doubled_undisturbed": sum(calm_counts),
        "worker_restarts": storm.fleet.restarts,
        "largest_worker_mb": storm.memory_mb,
        "orderly_ends": faults.terms,
    }
    _write(outcome)
    _say(json.dumps(outcome, indent=2))
    _say("\n".join(found.unsound()))
    alike = len(found.alerts) == len(wanted.alerts) and differing <= DIFFERING * wanted.accounts
    return int(not alike or bool(lost or doubled or sum(calm_counts) or found.unsound()))


def _write(outcome: dict[str, int | float]) -> None:
    (Path("build") / "chaos.json").write_text(json.dumps(outcome, indent=2) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--broker-restarts", type=int, default=3)
    parser.add_argument("--sink-outages", type=int, default=4)
    parser.add_argument("--terms", type=int, default=4, help="workers asked to end")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=900.0, help="seconds for a further part of the events")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
