"""Rules about every file of the project."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, tracked

MODULES = [file for file in tracked("models/*.py", "streams/*.py") if file.name != "__init__.py"]
# A package index, under any of the names that locks and configurations give it.
INDEX = re.compile(r"(index-url|extra-index|registry)\s*[=:]\s*\S*://|://(files\.pythonhosted|pypi|registry\.)[^\s/]*")
EMPTY_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|misc|managers?)$")


@pytest.mark.parametrize("module", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_module_is_short_and_named_after_one_thing(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= 400
    assert not EMPTY_NAMES.search(module.stem)
    assert module.read_text().startswith('"""'), "say first what the module is"


def test_no_file_names_a_package_index_or_a_machine() -> None:
    for file in tracked():
        text = file.read_bytes().decode("utf-8", "replace")
        assert not INDEX.search(text), file
        assert not re.search(r"[\"' (]/(home|Users)/", text), file


def test_real_data_is_not_in_the_project() -> None:
    assert not tracked("*.jsonl.gz", "*.csv.gz", "*.parquet")
