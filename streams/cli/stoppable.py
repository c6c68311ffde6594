"""Ending a command that has processes and files of its own when it is told to: in order, and with one line."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import click

SIGNALLED = 128  # a shell's exit code of a command that a signal ended, less the signal's number


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does, and end with 128 + the signal's number instead of a traceback.

    Contexts that are open in the block are left first, so what they hold is let go.
    """
    received = signal.SIGINT

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal received
        del number, frame
        received = signal.SIGTERM
        if signal.getsignal(signal.SIGINT) in (signal.SIG_IGN, None):
            raise KeyboardInterrupt  # as a shell's background job, which ignores Ctrl-C
        signal.raise_signal(signal.SIGINT)  # an event loop has its own way with that

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        _end(received)
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(received: signal.Signals) -> NoReturn:
    click.echo(f"stopped by {received.name}; what was begun is removed", err=True)
    raise click.exceptions.Exit(SIGNALLED + received)
