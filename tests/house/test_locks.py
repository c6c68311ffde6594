"""The lock files pin what pyproject.toml asks for. Nothing here needs a network: `make lock` does."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = [*PROJECT["project"]["dependencies"], *chain(*PROJECT["project"]["optional-dependencies"].values())]
BUILD = PROJECT["dependency-groups"]["build"]
ASKED = {
    "requirements.lock": [*RUNTIME, *BUILD],
    "requirements-dev.lock": [*RUNTIME, *BUILD, *PROJECT["dependency-groups"]["dev"]],
}


class Lock:
    """One lock file: for each package its pinned versions (one a marker) and whether the project asks for it."""

    def __init__(self, name: str) -> None:
        self.text = (ROOT / name).read_text()
        self.entries = re.split(r"^(?=[a-z0-9])", self.text, flags=re.MULTILINE)[1:]
        self.versions: dict[str, list[str]] = {}
        self.direct: set[str] = set()
        for entry in self.entries:
            package, version = re.match(r"([a-z0-9._-]+)==(\S+)", entry).groups()
            self.versions.setdefault(package, []).append(version)
            if "pyproject.toml" in entry:
                self.direct.add(package)


@pytest.fixture(params=list(ASKED))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def test_every_requirement_is_pinned_at_a_version_that_it_allows(name: str) -> None:
    lock = Lock(name)
    for requirement in map(Requirement, ASKED[name]):
        versions = lock.versions.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement} is not in {name}: run `make lock`"
        assert all(map(requirement.specifier.contains, versions)), f"{versions} is not {requirement}: run `make lock`"


def test_nothing_is_pinned_that_is_no_longer_asked_for(name: str) -> None:
    asked = {canonicalize_name(Requirement(text).name) for text in ASKED[name]}
    assert Lock(name).direct == asked, "run `make lock`"


def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    lock = Lock(name)
    assert len(lock.entries) > 50
    assert all("--hash=sha256:" in entry for entry in lock.entries)
    assert "://" not in lock.text


def test_both_locks_agree() -> None:
    runtime, dev = Lock("requirements.lock").versions, Lock("requirements-dev.lock").versions
    assert runtime == {package: dev[package] for package in runtime}


def test_build_requirements_are_locked() -> None:
    assert set(PROJECT["build-system"]["requires"]) <= set(BUILD)
