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
from pathlib import Path

from tests.chaos.broker import MortalKafka
from tests.chaos.faults import survive
from tests.chaos.run import Run
from tests.chaos.traffic import disturbed, simulated

EVENTS_OF_SCALE_ONE = 32_000
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
    plan += ["shut", "stick"] * (options.sink_outages // 2) + ["shut"] * (options.sink_outages % 2)
    random.Random(options.seed).shuffle(plan)
    _say(f"{len(messages):,} messages")
    with MortalKafka() as kafka:
        with Run(folder / "storm", kafka, prefix="storm.") as storm:
            faults = survive(storm, messages, plan, options.seed, options.patience)
            lost, doubled = storm.counts()
            found = storm.verdicts()
        _say(f"storm: {lost} lost, {doubled} doubled, {len(found.alerts)} alerts, {len(found.members)} members")
        outcome = {
            "events": len(messages),
            "kills": faults.kills,
            "broker_restarts": faults.broker_restarts,
            "sink_outages": faults.sink_outages,
            "lost": lost,
            "doubled": doubled,
            "recovery_seconds_max": round(storm.recovery_seconds, 1),
        }
        (Path("build") / "chaos.json").write_text(json.dumps(outcome, indent=2) + "\n")
        with Run(folder / "calm", kafka, prefix="calm.") as calm:
            survive(calm, messages, [], options.seed, options.patience)
            calm_counts, wanted = calm.counts(), calm.verdicts()
        _say(f"calm: {calm_counts}, {len(wanted.alerts)} alerts, {len(wanted.members)} members")
    differing = len(found.members ^ wanted.members)
    more = {
        "alerts that are wrong": found.unsound(),
        "alerts without, with faults": [len(wanted.alerts), len(found.alerts)],
        "accounts whose verdict differs": differing,
        "members without, with faults": [len(wanted.members), len(found.members)],
        "accounts": wanted.accounts,
        "worker restarts": storm.fleet.restarts,
        "largest worker MB": storm.memory_mb,
        "undisturbed lost, doubled": calm_counts,
    }
    _say(json.dumps(outcome | more, indent=2))
    return int(bool(lost or doubled or found.unsound() or differing > DIFFERING * wanted.accounts))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--broker-restarts", type=int, default=3)
    parser.add_argument("--sink-outages", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=900.0, help="seconds for a further part of the events")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
