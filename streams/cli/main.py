"""The `stillwatch` command: one group, each command in a file of its own, loaded only when it is called."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module

import click

from streams.settings import SettingsError
from streams.settings.reference import help_rows

# Command -> what it does, in the order of a newcomer's day. `streams.cli.NAME`, with `_` for `-`, holds each as
# `command`; the line stands here so that `--help` need not import them all, which takes seconds.
COMMANDS = {
    "demo": "The whole pipeline on a short built-in scenario, on this machine alone.",
    "detect": "Find campaigns in files of events; write accounts, campaigns and alerts.",
    "up": "Run the embedded stack until it is stopped.",
    "worker": "Run one production worker.",
    "init": "Create topics and ClickHouse tables; safe to repeat.",
    "replay": "Produce events from files into a running Kafka.",
    "sketch": "Turn raw logs into events without text.",
    "convert": "Turn logs of OpenTelemetry, LiteLLM or Amazon Bedrock into events without text.",
    "simulate": "Build labelled traffic from a scenario.",
    "evaluate": "Measure the verdicts of a run against the truth.",
    "sql": "Ask the store.",
    "report": "Write the evidence on a campaign as a document.",
    "share": "Write indicators of a campaign for other providers.",
    "ingest-indicators": "Read another provider's indicators as weak evidence.",
    "erase": "Delete all that is stored of an account.",
    "doctor": "Check settings, broker, store, topics and clock.",
}


INTERRUPTED = 130  # as shells have it: 128 + SIGINT


class WrongSettingsError(click.ClickException):
    """Settings that cannot be used: wrong use, like a wrong option."""

    exit_code = 2


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
        command = import_module(f"streams.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that `args` begin with; name the one that was probably meant where there is none."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if close := get_close_matches(args[0], COMMANDS, n=1):
                error.message += f" Did you mean {close[0]}?"
            raise

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; wrong settings are reported wherever it reads them, and Ctrl-C ends it quietly."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise WrongSettingsError(str(error)) from error
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Append the list of all settings."""
        del ctx
        with formatter.section(
            "Settings (environment over stillwatch.toml over defaults; details in docs/settings.md)"
        ):
            formatter.write_dl(help_rows())


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stillwatch", prog_name="stillwatch")
def main() -> None:
    """Find distillation campaigns in a stream of API events."""
