"""The faults that a run meets, one after the other, while its events are worked on."""

from __future__ import annotations

import random
import signal
import threading
from dataclasses import dataclass, field

from tests.chaos.run import Run
from tests.chaos.traffic import deliver

OUTAGE_SECONDS = {"shut": 8.0, "stick": 40.0}  # a stuck store is noticed after 30 s (`streams.stack.remote`)


@dataclass
class Faults:
    """What was done to a run.

    Args:
        run: Whose processes.
        seed: Of the choice of victims and moments.
    """

    run: Run
    seed: int
    kills: int = 0
    broker_restarts: int = 0
    sink_outages: int = 0
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def kill_worker(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Kill one worker; where it is just starting, the other one."""
        first = self._random.randrange(self.run.workers)
        for place in range(self.run.workers):
            if self.run.fleet.kill((first + place) % self.run.workers, number) is not None:
                self.kills += 1
                return

    def restart_broker(self) -> None:
        """Kill the broker with SIGKILL and start it again."""
        self.run.kafka.kill()
        self._pause(self._random.uniform(0.5, 3))
        self.run.kafka.revive()
        self.broker_restarts += 1
        self.run.after_outage()

    def take_store_away(self, how: str, seconds: float | None = None) -> None:
        """Let the store refuse connections (`shut`) or accept and not answer (`stick`) for a while."""
        (self.run.door.shut if how == "shut" else self.run.door.stick)()
        self._pause(OUTAGE_SECONDS[how] if seconds is None else seconds)
        self.run.door.open()
        self.sink_outages += 1
        self.run.after_outage()

    def _pause(self, seconds: float) -> None:
        threading.Event().wait(seconds)  # the length of an outage is what is tested


def survive(run: Run, messages: list[tuple[bytes, bytes]], plan: list[str], seed: int, patience: float) -> Faults:
    """Deliver messages and let a run go through a plan of faults, spread evenly over its events.

    Args:
        run: Started.
        messages: Key and value, in order.
        plan: `kill`, `term`, `broker`, `shut` or `stick`, each as often as wanted.
        seed: Of the rest.
        patience: Seconds within which a further part of the events has to be through.
    """
    faults = Faults(run, seed)
    delivery = threading.Thread(target=deliver, args=(run.kafka.bootstrap, run.events_topic, messages))
    delivery.start()
    for number, fault in enumerate(plan):
        run.until_handled(len(messages) * (number + 1) // (len(plan) + 2), patience)
        if fault == "broker":
            faults.restart_broker()
        elif fault in OUTAGE_SECONDS:
            faults.take_store_away(fault)
        else:
            faults.kill_worker(signal.SIGTERM if fault == "term" else signal.SIGKILL)
    delivery.join()
    run.until_through(patience)
    return faults
