"""What people read about the settings comes from the structs, and leaves none out."""

from pathlib import Path

import pytest

from streams.settings.catalogue import catalogue
from streams.settings.loading import load_settings
from streams.settings.reference import help_rows, settings_page

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


def test_page_is_the_generated_one() -> None:
    assert PAGE.read_text() == settings_page(), "run `make schema`"


@pytest.mark.parametrize("key", [*catalogue()])
def test_every_setting_says_what_it_means(key: str) -> None:
    setting = catalogue()[key]
    assert setting.description.endswith("."), f"describe {key} in the `Attributes` of its struct"
    assert setting.allowed
    assert setting.default


def test_help_lists_every_variable() -> None:
    assert [variable for variable, _ in help_rows()] == [setting.variable for setting in catalogue().values()]


def test_example_of_the_page_can_be_loaded(tmp_path: Path) -> None:
    example = settings_page().partition("```toml\n")[2].partition("```")[0]
    key = tmp_path / "key"
    key.write_text("sixteen bytes ok")
    file = tmp_path / "example.toml"
    file.write_text(example.replace("/run/secrets/sketch_key", str(key)))
    assert load_settings(file, {}).partitions == 64
