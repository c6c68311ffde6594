"""The `stillwatch` command: one group, each command in a file of its own, loaded only when it is called."""

from __future__ import annotations

from importlib import import_module

import click

# Name of the command -> module under `streams.cli` that holds it as `command`. In the order of a newcomer's first day.
COMMANDS = {
    "demo": "demo",
    "detect": "detect",
    "up": "up",
    "worker": "worker",
    "init": "init",
    "replay": "replay",
    "sketch": "sketch",
    "simulate": "simulate",
    "evaluate": "evaluate",
    "sql": "sql",
    "doctor": "doctor",
}


class LazyGroup(click.Group):
    """A command group that imports a command's module when it is needed, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command, in the order of `COMMANDS`."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command `cmd_name`, or return None when there is none."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"streams.cli.{COMMANDS[cmd_name]}").command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stillwatch", prog_name="stillwatch")
def main() -> None:
    """Find distillation campaigns in a stream of API events."""
