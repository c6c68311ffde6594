"""Apache Kafka that can be killed and started again on the same log and port."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from streams.bus.apache_kafka import ApacheKafka
from streams.bus.child import Child


class MortalKafka(ApacheKafka):
    """Kafka with `kill` and `revive`; between them nobody answers on its port."""

    def kill(self) -> None:
        """End the broker with SIGKILL."""
        assert self._child is not None
        [broker] = children_of(self._child.guard_pid)
        os.kill(broker, signal.SIGKILL)
        self._child.stop()

    def revive(self) -> None:
        """Start it again and wait until it answers."""
        assert self._child is not None
        self._child = Child(self._child.command, self._child.log.with_name("revived.log"))
        self._child.start()
        self._wait_until_it_answers()


def children_of(pid: int) -> list[int]:
    """Return the processes that a process started (Linux)."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
