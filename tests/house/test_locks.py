"""The lock files pin what pyproject.toml asks for. Nothing here needs a network: `make lock` does."""

import tomllib
from itertools import chain

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.supply.lock import DEVELOPMENT, ROOT, RUNTIME, Lock

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WANTED = [*PROJECT["project"]["dependencies"], *chain(*PROJECT["project"]["optional-dependencies"].values())]
BUILD = PROJECT["dependency-groups"]["build"]
ASKED = {
    RUNTIME: [*WANTED, *BUILD],
    DEVELOPMENT: [*WANTED, *BUILD, *PROJECT["dependency-groups"]["dev"]],
}


@pytest.fixture(params=list(ASKED))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def test_every_requirement_is_pinned_at_a_version_that_it_allows(name: str) -> None:
    lock = Lock(ROOT / name)
    for requirement in map(Requirement, ASKED[name]):
        versions = lock.versions.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement} is not in {name}: run `make lock`"
        assert all(map(requirement.specifier.contains, versions)), f"{versions} is not {requirement}: run `make lock`"


def test_nothing_is_pinned_that_is_no_longer_asked_for(name: str) -> None:
    asked = {canonicalize_name(Requirement(text).name) for text in ASKED[name]}
    assert Lock(ROOT / name).direct == asked, "run `make lock`"


def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    lock = Lock(ROOT / name)
    assert len(lock.entries) > 50
    assert all("--hash=sha256:" in entry for entry in lock.entries)
    assert "://" not in lock.text


def test_both_locks_agree() -> None:
    runtime, dev = Lock(ROOT / RUNTIME).versions, Lock(ROOT / DEVELOPMENT).versions
    assert runtime == {package: dev[package] for package in runtime}


def test_build_requirements_are_locked() -> None:
    assert set(PROJECT["build-system"]["requires"]) <= set(BUILD)
