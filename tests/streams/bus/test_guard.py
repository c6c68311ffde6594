"""Whatever becomes of the process that started a broker, the broker does not outlive it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from streams.bus.child import Child
from tests.streams.bus.waiting import until


class Holder(NamedTuple):
    process: subprocess.Popen
    port: int
    guard: int


@contextmanager
def holder(*arguments) -> Iterator[Holder]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.streams.bus.hold_broker", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        bootstrap, guard = process.stdout.readline().split()
        yield Holder(process, int(bootstrap.rpartition(":")[2]), int(guard))
    finally:
        process.kill()
        process.communicate()


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def session_empty(session):
    """Whether no process is left in the session that the guard heads."""
    try:
        os.killpg(session, 0)
    except ProcessLookupError:
        return True
    return False


def test_killed_without_a_chance_to_clean_up():
    with holder() as held:
        assert accepts(held.port)
        held.process.kill()
        until(lambda: not accepts(held.port) and session_empty(held.guard), "the broker ends with its killed parent")


def test_interrupted_from_the_terminal():
    with holder() as held:
        os.killpg(held.process.pid, signal.SIGINT)  # what Ctrl-C does: the whole foreground group
        assert held.process.wait(30) == 130
        assert not accepts(held.port)
        assert session_empty(held.guard)


def test_started_from_a_thread_that_has_ended():
    with holder("thread") as held:
        assert accepts(held.port)
        held.process.communicate("", timeout=30)
        assert not accepts(held.port)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent ended")
def test_the_guard_itself_killed():
    with holder() as held:
        os.kill(held.guard, signal.SIGKILL)
        until(lambda: not accepts(held.port), "the broker ends with its guard")


def test_stop_returns_the_command_s_exit_code_and_keeps_its_output(tmp_path):
    child = Child(["sh", "-c", "echo to a file; exit 7"], tmp_path / "logs" / "child.log")
    assert child.stop() is None
    child.start()
    until(lambda: not child.running, "the command ends by itself")
    assert child.stop() == 7
    assert child.tail() == "to a file"


def test_a_command_that_ignores_the_request_to_end_is_killed(tmp_path):
    child = Child(
        ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"], tmp_path / "child.log", patience=0.2
    )
    child.start()
    until(lambda: child.tail() == "ready", "the command ignores SIGTERM now")
    assert child.stop() == 128 + signal.SIGKILL


def test_the_tail_is_bounded(tmp_path):
    child = Child(["sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x; echo end"], tmp_path / "child.log")
    child.start()
    until(lambda: not child.running, "the command ends by itself")
    child.stop()
    assert len(child.tail()) <= 4096
    assert child.tail().endswith("xend")
