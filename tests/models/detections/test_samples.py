"""Every detection sees what it must see, and leaves alone what it must leave alone."""

import pytest

from models.detections.catalogue import detections
from models.detections.detection import Detection
from models.detections.sample import HABITS, USUAL, Sample, crowd, fires, people
from models.sighting import OWNER

SAMPLES = [
    pytest.param(detection, sample, id=f"{detection.id} {sample.what}")
    for detection in detections()
    for sample in detection.samples
]


@pytest.mark.parametrize("detection", detections(), ids=lambda detection: detection.id)
def test_a_detection_has_cases_of_both_sides(detection: Detection):
    sides = {sample.fires for sample in detection.samples}
    assert sides == {True, False}, "give `samples` at least one `fires(...)` and one `stays(...)`"


@pytest.mark.parametrize(("detection", "sample"), SAMPLES)
def test_a_case_comes_out_as_it_says(detection: Detection, sample: Sample):
    measured = detection.measure(sample.case(), people())
    fired = measured is not None and measured.p < 0.05
    assert fired is sample.fires, measured


def test_what_is_usual_is_a_habit_or_a_column():
    assert set(USUAL) <= {*HABITS, *OWNER.names}


def test_a_word_that_is_neither_is_refused():
    with pytest.raises(ValueError, match="'shoe_size' is no column"):
        crowd(3, seed=1, shoe_size=44)


def test_a_case_is_the_same_at_each_call():
    sample = fires("somebody", tls=0)
    assert sample.case().members.tobytes() == sample.case().members.tobytes()
