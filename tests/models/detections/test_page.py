"""The reference page is the catalogue's, and every detection says what a person needs."""

from pathlib import Path

import pytest

from models.detections.catalogue import detections
from models.detections.detection import Detection
from models.detections.page import page

PAGE = Path(__file__).parents[3] / "docs" / "detections.md"


def test_page_is_the_generated_one() -> None:
    assert PAGE.read_text() == page(), "run `make schema`"


@pytest.mark.parametrize("detection", detections(), ids=lambda detection: detection.id)
def test_detection_is_documented(detection: Detection) -> None:
    for name in ("title", "sees", "source", "false_positives", "cleared_by", "runbook"):
        assert len(getattr(detection, name)) > 5, f"{detection.id} needs a {name}"


def test_ids_are_unique() -> None:
    ids = [detection.id for detection in detections()]
    assert len(ids) == len(set(ids))
