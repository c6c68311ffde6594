"""Documents are held to the code: commands and options exist, links lead somewhere, examples work."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from models.event import decode_event
from streams.cli.main import COMMANDS, main
from streams.settings.catalogue import CONFIG_VARIABLE, catalogue
from tests.house.tree import ROOT, tracked

PAGES = sorted(file for file in tracked("*.md") if file.name != "CHANGELOG.md")
MAKEFILE = (ROOT / "Makefile").read_text()


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def shell_lines() -> list[tuple[str, str]]:
    """Every line of a shell block, and what is quoted as a command in the text, with its page."""
    lines = []
    for page in PAGES:
        text = page.read_text()
        quoted = re.findall(r"`((?:stillwatch|make) [^`\n]+)`", text)
        shown = [line for block in blocks(page, "sh") for line in block.splitlines()]
        lines += [(str(page.relative_to(ROOT)), line) for line in [*quoted, *shown]]
    return lines


def calls(program: str) -> list[tuple[str, list[str]]]:
    """The arguments of every call of `program` in the documents, and where it stands."""
    found = []
    for page, line in shell_lines():
        words = [word.rpartition("/")[2] if "=" not in word else word for word in shlex.split(line, comments=True)]
        if program in words:
            found.append((f"{page}: {line}", shlex.split(line, comments=True)[words.index(program) + 1 :]))
    return found


def command_of(name: str) -> click.Command:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    return command


@pytest.mark.parametrize(("where", "words"), calls("stillwatch"))
def test_commands_in_documents_exist_with_their_options(where: str, words: list[str]) -> None:
    name = words[0]
    if name in ("COMMAND", "--help"):
        return
    assert name in COMMANDS, where
    known = {option for parameter in command_of(name).params for option in parameter.opts} | {"--help"}
    assert {word for word in words if word.startswith("--")} <= known, where


@pytest.mark.parametrize(("where", "words"), calls("make"))
def test_make_targets_in_documents_exist(where: str, words: list[str]) -> None:
    if words and "=" not in words[0]:
        assert re.search(rf"^{words[0]}:", MAKEFILE, re.MULTILINE), where


def test_readme_lists_every_command() -> None:
    table = (ROOT / "README.md").read_text().partition("## Commands")[2]
    assert re.findall(r"^\| `stillwatch ([\w-]+)`", table, re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_with_an_example(name: str) -> None:
    text = command_of(name).help or ""
    assert f"stillwatch {name}" in text.partition("Example:")[2]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_index_lists_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    pages = {file.name for file in tracked("docs/*") if file.name != "README.md"}
    assert set(re.findall(r"^\| \[[^]]+\]\(([^)]+)\)", index, re.MULTILINE)) == pages


def test_variables_in_documents_exist() -> None:
    known = {setting.variable for setting in catalogue().values()} | {CONFIG_VARIABLE}
    for page in PAGES:
        assert set(re.findall(r"STILLWATCH_[A-Z_]+[A-Z]", page.read_text())) <= known, page


def test_events_in_the_readme_are_events() -> None:
    examples = blocks(ROOT / "README.md", "json")
    assert examples
    for example in examples:
        assert decode_event(json.dumps(json.loads(example)).encode()).output_tokens > 0


def test_make_help_lists_every_target() -> None:
    phony = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split()
    described = re.findall(r"^([a-z-]+):.*  ## \S", MAKEFILE, re.MULTILINE)
    assert sorted(phony) == sorted(described)
