"""Prompts from files: any NDJSON with a `prompt` field, plain or compressed, in place of a grammar."""

from __future__ import annotations

from pathlib import Path
from random import Random

import msgspec

from streams.sources.compressed import open_bytes
from streams.sources.simulate.loading import ScenarioError


class _Line(msgspec.Struct):
    prompt: str


class Corpora:
    """The prompt files that a scenario names, below one folder, each read once and shuffled once."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._seed = seed
        self._prompts: dict[str, list[str]] = {}

    def prompt(self, name: str, number: int) -> str:
        """Return prompt `number` of the file `name`, counted around: each is used once before any comes again.

        Raises:
            ScenarioError: The file is missing, empty, or a line has no `prompt`.
        """
        prompts = self._prompts.get(name)
        if prompts is None:
            prompts = self._prompts[name] = self._read(name)
        return prompts[number % len(prompts)]

    def _read(self, name: str) -> list[str]:
        path = self._folder / name
        if not path.is_file():
            raise ScenarioError(f"corpus {name!r}: no file {path}; give the folder that holds it with --data")
        try:
            with open_bytes(path) as lines:
                prompts = [msgspec.json.decode(line, type=_Line).prompt for line in lines]
        except msgspec.MsgspecError as error:
            raise ScenarioError(f"corpus {name!r}: line is not an object with a string `prompt`: {error}") from error
        if not prompts:
            raise ScenarioError(f"corpus {name!r}: {path} is empty")
        Random(f"{self._seed}/{name}").shuffle(prompts)
        return prompts
