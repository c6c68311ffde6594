"""The faults that a run meets, one after the other, while its events are worked on."""

from __future__ import annotations

import random
import signal
import threading
from dataclasses import dataclass, field

from tests.chaos.run import Run
from tests.chaos.traffic import deliver

# A stuck store is noticed after 30 s (`streams.stack.remote`); one that is gone is away for minutes.
OUTAGE_SECONDS = {"shut": 8.0, "stick": 40.0, "gone": 150.0}
# A fault comes so long after the commit that it waited for, at most: at no particular moment between two checkpoints.
LATER_SECONDS = 3.0


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
    terms: int = 0
    broker_restarts: int = 0
    sink_outages: int = 0
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def kill_worker(self) -> None:
        """Kill one worker with SIGKILL, whatever it is at; where there is none just now, the other one."""
        self.kills += self._signal(signal.SIGKILL) is not None

    def end_worker(self) -> None:
        """Ask one worker to end, as a deployment does."""
        self.terms += self._signal(signal.SIGTERM) is not None

    def _signal(self, number: signal.Signals) -> int | None:
        first = self._random.randrange(self.run.workers)
        places = ((first + more) % self.run.workers for more in range(self.run.workers))
        codes = (self.run.fleet.kill(place, number) for place in places)
        return next((code for code in codes if code is not None), None)

    def restart_broker(self) -> None:
        """Kill the broker with SIGKILL and start it again."""
        self.run.kafka.kill()
        self._pause(self._random.uniform(0.5, 3))
        self.run.kafka.revive()
        self.broker_restarts += 1
        self.run.after_outage()

    def take_store_away(self, how: str, seconds: float | None = None) -> None:
        """Let the store refuse connections (`shut`, `gone`) or accept and not answer (`stick`) for a while."""
        (self.run.door.stick if how == "stick" else self.run.door.shut)()
        self._pause(OUTAGE_SECONDS[how] if seconds is None else seconds)
        self.run.door.open()
        self.sink_outages += 1
        self.run.after_outage()

    def wait_a_moment(self) -> None:
        """Let the next fault come at no particular moment."""
        self._pause(self._random.uniform(0, LATER_SECONDS))

    def _pause(self, seconds: float) -> None:
        threading.Event().wait(seconds)  # the length of an outage, and the moment of a fault, is what is tested


def survive(run: Run, messages: list[tuple[bytes, bytes]], plan: list[str], seed: int, patience: float) -> Faults:
    """Deliver messages and let a run go through a plan of faults, spread evenly over its events.

    Args:
        run: Started.
        messages: Key and value, in order.
        plan: `kill`, `term`, `broker`, `shut`, `stick` or `gone`, each as often as wanted.
        seed: Of the rest.
        patience: Seconds within which a further part of the events has to be through.
    """
    faults = Faults(run, seed)
    delivery = threading.Thread(target=deliver, args=(run.kafka.bootstrap, run.events_topic, messages))
    delivery.start()
    for number, fault in enumerate(plan):
        run.until_handled(len(messages) * (number + 1) // (len(plan) + 2), patience)
        faults.wait_a_moment()
        if fault == "broker":
            faults.restart_broker()
        elif fault in OUTAGE_SECONDS:
            faults.take_store_away(fault)
        elif fault == "term":
            faults.end_worker()
        else:
            faults.kill_worker()
    delivery.join()
    run.until_through(patience)
    return faults
