"""Run a command that ends when the process that asked for it ends, however it ends.

Started by `streams.bus.child` as `python -I -S guard.py SECONDS COMMAND...` with a pipe on its standard input, whose
other end the parent holds open. The kernel closes that end when the parent goes, even on `kill -9`, so reading
end-of-file is the order to stop. This works alike on Linux and macOS, and unlike `PR_SET_PDEATHSIG` set by the parent
it does not fire when merely the *thread* that started the child ends.

The guard and its command live in a session of their own: Ctrl-C in the terminal reaches the parent only, which stops
the command when it no longer needs it. Should the guard itself be killed, Linux sends the command SIGKILL
(`PR_SET_PDEATHSIG`; the guard has one thread); macOS has no such call, there the command would stay.

Only the standard library: the interpreter starts without site-packages, in about 20 ms.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys

PR_SET_PDEATHSIG = 1
# A forked sibling may hold a copy of the pipe's other end; then only the change of parent tells that it is gone.
PARENT_CHECK_SECONDS = 1.0


def _die_with_guard() -> None:
    """Ask Linux to kill this process when its parent, the guard, ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _wait(command: subprocess.Popen[bytes], pidfd: int, parent: int) -> None:
    """Return when the command ended, the pipe was closed or the parent changed."""
    watched = [fd for fd in (0, pidfd) if fd >= 0]
    while command.poll() is None and os.getppid() == parent:
        ready, _, _ = select.select(watched, [], [], PARENT_CHECK_SECONDS)
        if 0 in ready and not os.read(0, 1024):
            return


def _stop(command: subprocess.Popen[bytes], patience: float) -> int:
    """Ask the command to end, insist after `patience` seconds; return its exit code."""
    if command.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            command.terminate()
        try:
            command.wait(patience)
        except subprocess.TimeoutExpired:
            command.kill()
    return command.wait()


def main(patience: float, argv: list[str]) -> int:
    """Run `argv` until it ends or the parent does; return its exit code, 128 + N for signal N.

    `patience` is how long the command may take to end when asked, in seconds, before it is killed.
    """
    parent = os.getppid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(128))
    command = subprocess.Popen(argv, stdin=subprocess.DEVNULL, preexec_fn=_die_with_guard)  # noqa: S603
    try:
        pidfd = os.pidfd_open(command.pid) if hasattr(os, "pidfd_open") else -1
        _wait(command, pidfd, parent)
    finally:
        code = _stop(command, patience)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
