"""A child process of this one, whose life is bound to ours and whose output is kept in a file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

TAIL_BYTES = 4096
# How long a command may take to end when asked, before it is killed; and how much longer its guard may take to say so.
PATIENCE_SECONDS = 10.0
GUARD_SECONDS = 5.0
GUARD = Path(__file__).with_name("guard.py")


class Child:
    """Starts and stops `command`; the command cannot outlive this process (see `streams.bus.guard`).

    `stop` may be called at any time and any number of times.

    Args:
        command: Program and arguments.
        log: File that its output is added to.
        env: Its environment; None for ours.
        patience: Seconds it may take to end when asked, before it is killed.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        env: Mapping[str, str] | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.command = tuple(command)
        self.log = log
        self._env = None if env is None else dict(env)
        self._patience = patience
        self._guard: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the command; errors of the command itself show only in `running` and `tail`."""
        assert self._guard is None, "already started"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._guard = subprocess.Popen(  # noqa: S603 - the command comes from the settings, not from data
                [sys.executable, "-I", "-S", str(GUARD), str(self._patience), *self.command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._env,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        """Whether the command was started and has not ended."""
        return self._guard is not None and self._guard.poll() is None

    @property
    def guard_pid(self) -> int:
        """The process id of the guard, the parent of the command."""
        assert self._guard is not None, "not started"
        return self._guard.pid

    def stop(self) -> int | None:
        """End the command and wait for it; return its exit code, None when it was never started."""
        guard, self._guard = self._guard, None
        if guard is None:
            return None
        assert guard.stdin is not None
        guard.stdin.close()
        try:
            return guard.wait(self._patience + GUARD_SECONDS)
        except subprocess.TimeoutExpired:
            guard.kill()
            return guard.wait()

    def tail(self) -> str:
        """The last 4 KiB of what the command printed."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - TAIL_BYTES))
            return stream.read().decode("utf-8", "replace").strip()
