"""The reference page is the catalogue's."""

from pathlib import Path

from models.detections.page import page

PAGE = Path(__file__).parents[3] / "docs" / "detections.md"


def test_page_is_the_generated_one() -> None:
    assert PAGE.read_text() == page(), "run `make schema`"
