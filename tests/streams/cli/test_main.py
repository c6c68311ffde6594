"""The command group: quick help, and wrong use that ends with 2."""

import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize("name", list(COMMANDS))
def test_help_of_every_command_shows_an_example(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert "  Example:\n    " in result.output
    assert f"stillwatch {name}" in result.output.partition("Example:")[2]


def test_a_misspelt_command_is_told_what_was_meant() -> None:
    result = CliRunner().invoke(main, ["detct"])
    assert "No such command 'detct'. Did you mean detect?" in result.output


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('kafkaa = "k:1"', "kafkaa in stillwatch.toml is no setting; did you mean kafka?"),
        ("[detecton]\nmin_accounts = 3", "detecton in stillwatch.toml is no setting; did you mean detection?"),
        ("[detection]\nmin_acounts = 3", "did you mean detection.min_accounts?"),
        ("partitions = 0", "partitions = 0 in stillwatch.toml is not allowed; allowed: a whole number, at least 1"),
        ("partitions =", "the settings file stillwatch.toml is not TOML"),
    ],
)
def test_a_wrong_line_of_the_file_is_named_with_what_is_allowed(
    toml: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stillwatch.toml").write_text(toml)
    result = CliRunner().invoke(main, ["worker"])
    assert result.exit_code == 2
    assert words in result.output


def test_wrong_settings_end_with_2_in_any_command() -> None:
    result = CliRunner().invoke(main, ["worker"], env={"STILLWATCH_PARTITIONS": "many"})
    assert result.exit_code == 2
    assert result.output == (
        "Error: STILLWATCH_PARTITIONS = 'many' in the environment is not allowed; allowed: a whole number, at least 1"
        " and at most 10,000\n"
    )
