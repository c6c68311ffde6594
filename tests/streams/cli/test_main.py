"""The command group: quick help, and wrong use that ends with 2."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from streams.cli.main import COMMANDS, main
from streams.settings.catalogue import catalogue


def test_help_lists_commands_and_settings() -> None:
    output = CliRunner().invoke(main, ["--help"]).output
    assert all(f"  {name} " in output for name in COMMANDS)
    assert all(setting.variable in output for setting in catalogue().values())


def test_help_imports_no_command() -> None:
    code = (
        "import sys; from streams.cli.main import main; main(['--help'], standalone_mode=False);"
        "sys.exit(', '.join({'faust', 'numba', 'chdb', 'rich.table'} & set(sys.modules)) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("words", [["nothing-like-it"], ["doctor", "--nothing-like-it"]])
def test_wrong_use_ends_with_2(words: list[str]) -> None:
    assert CliRunner().invoke(main, words).exit_code == 2


def test_wrong_settings_end_with_2_in_any_command() -> None:
    result = CliRunner().invoke(main, ["worker"], env={"STILLWATCH_PARTITIONS": "many"})
    assert result.exit_code == 2
    assert result.output == (
        "Error: STILLWATCH_PARTITIONS = 'many' in the environment is not allowed; allowed: a whole number, at least 1"
        " and at most 10,000\n"
    )
