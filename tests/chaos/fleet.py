"""Workers as processes of their own, each started again when it ends, as a supervisor does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

RESTART_SECONDS = 0.2
STARTED = "--- started"


class Fleet:
    """`count` times `stillwatch worker`.

    Args:
        settings: Environment variables of all of them.
        logs: Folder for what they print; one file for each place in the fleet.
    """

    def __init__(self, count: int, settings: dict[str, str], logs: Path, *, static: bool = False) -> None:
        self.restarts = 0
        self._settings, self._logs, self._static = settings, logs, static
        self._count = count
        self._workers: list[subprocess.Popen[bytes] | None] = [None] * count
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._watch = threading.Thread(target=self._supervise, name="supervisor")

    def kill(self, place: int, number: signal.Signals = signal.SIGKILL) -> int | None:
        """Send a signal to the worker at a place; return its exit code, None when there was none to kill."""
        with self._lock:
            worker = self._workers[place]
        if worker is None or worker.poll() is not None:
            return None
        worker.send_signal(number)
        return worker.wait(60)

    def is_running(self, place: int) -> bool:
        """Return whether the worker at a place has its partitions: before that, SIGTERM has nothing to drain."""
        printed = (self._logs / f"worker-{place}.log").read_text()
        return " is running" in printed.rpartition(STARTED)[2]

    def memory_mb(self) -> int:
        """Return the resident memory of the largest worker."""
        sizes = [0]
        for worker in self._workers:
            if worker is not None and worker.poll() is None:
                pages = int(Path(f"/proc/{worker.pid}/statm").read_text().split()[1])
                sizes.append(pages * os.sysconf("SC_PAGESIZE") >> 20)
        return max(sizes)

    def stop(self) -> list[int | None]:
        """Ask all to end; return their exit codes."""
        self._stopping.set()
        if self._watch.is_alive():
            self._watch.join()
        for worker in self._workers:
            if worker is not None and worker.poll() is None:
                worker.terminate()
        codes = []
        for worker in self._workers:
            try:
                codes.append(None if worker is None else worker.wait(60))
            except subprocess.TimeoutExpired:
                worker.kill()
                codes.append(worker.wait())
        return codes

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _supervise(self) -> None:
        while not self._stopping.wait(RESTART_SECONDS):
            for place in range(self._count):
                worker = self._workers[place]
                if worker is None or worker.poll() is not None:
                    self.restarts += worker is not None
                    with self._lock:
                        self._workers[place] = self._start(place)

    def _start(self, place: int) -> subprocess.Popen[bytes]:
        own = {"STILLWATCH_DATA_DIR": str(self._logs / f"data-{place}")}
        if self._static:
            own["STILLWATCH_INSTANCE_ID"] = f"worker-{place}"
        with (self._logs / f"worker-{place}.log").open("ab") as log:
            log.write(f"{STARTED} {time.strftime('%H:%M:%S')}\n".encode())
            log.flush()
            return subprocess.Popen(
                [sys.executable, "-c", "from streams.cli.main import main; main()", "worker"],
                env=os.environ | self._settings | own,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
