"""`stillwatch doctor`: looks at everything a worker depends on, and says what to do."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from streams.settings import Settings, SettingsError, load_settings
from streams.stack.check import Check, State
from streams.stack.checks import check_all

STYLES = {State.OK: "green", State.NOTE: "yellow", State.FAIL: "bold red"}


@click.command(name="doctor")
def command() -> None:
    """Check settings, broker, store, topics and clock, and say what to do about what is wrong.

    Ends with 1 when something fails. Secrets are not shown.

    \b
    Example:
      STILLWATCH_KAFKA=kafka-1:9092 stillwatch doctor
    """  # noqa: D301
    # What its log says about an unreachable server is in the table, in fewer words.
    logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())
    checks = list(_checks())
    Console().print(_table(checks))
    sys.exit(any(check.state is State.FAIL for check in checks))


def _checks() -> Iterator[Check]:
    try:
        settings = load_settings()
    except SettingsError as error:
        yield Check("settings", State.FAIL, str(error), "correct it; docs/settings.md lists all")
        return
    yield Check("settings", State.OK, _in_force(settings))
    yield from check_all(settings)


def _in_force(settings: Settings) -> str:
    """Return what differs from the defaults, without secrets."""
    defaults = dict(Settings().__rich_repr__())
    changed = [f"{name} = {value}" for name, value in settings.__rich_repr__() if value != defaults[name]]
    return "\n".join(changed) or "all as by default"


def _table(checks: list[Check]) -> Table:
    table = Table("check", "result", "seen", "what to do", title="stillwatch doctor", title_justify="left")
    for check in checks:
        # Text, so that brackets in a message are not taken for markup.
        state = Text(check.state, STYLES[check.state])
        table.add_row(check.name, state, Text(check.seen, overflow="fold"), Text(check.advice))
    return table
