"""Rules about detections: each is documented, and none has its id twice."""

import re

import pytest

from models.detections.catalogue import detections
from models.detections.detection import Detection

TEXTS = ("title", "sees", "source", "false_positives", "cleared_by", "runbook")


def test_ids_are_unique():
    ids = [detection.id for detection in detections()]
    assert len(ids) == len(set(ids)) >= 12


@pytest.mark.parametrize("detection", detections(), ids=lambda detection: detection.id)
def test_a_detection_says_what_a_person_needs(detection: Detection):
    assert re.fullmatch(r"SW-[A-Z]\d\d", detection.id)
    for name in TEXTS:
        assert len(getattr(detection, name)) >= 5, name


@pytest.mark.parametrize("detection", detections(), ids=lambda detection: detection.id)
def test_country_nationality_and_language_are_no_evidence(detection: Detection):
    told = " ".join(getattr(detection, name).lower() for name in TEXTS)
    assert not re.search(r"\b(country|countries|nationality|language)\b", told)
