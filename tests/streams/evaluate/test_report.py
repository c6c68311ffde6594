"""The report: one page, complete, escaped, and without a reference to anything outside."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from streams.evaluate.exchanges import times_from_events
from streams.evaluate.metrics import measure
from streams.evaluate.records import AlertRow, read_run, read_truth
from streams.evaluate.report.evidence import alerts_by_entity, reasons
from streams.evaluate.report.page import percent, report_page
from streams.evaluate.report.svg import Axis, Mark, Series, even_ticks, plot, thinned
from streams.evaluate.targets import targets_of
from tests.streams.evaluate.handmade import events, two_campaigns


class Outline(HTMLParser):
    """The tags and the text of a page; fails when tags do not close."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def page(tmp_path: Path) -> str:
    run, rows = two_campaigns(tmp_path)
    found, known = read_run(run), read_truth(rows)
    times = times_from_events(events(tmp_path), known)
    metrics = measure(found, known, times)
    return report_page(metrics, targets_of(metrics), found, known, times)


def test_the_page_refers_to_nothing_outside(page: str) -> None:
    outline = Outline(page)
    assert not {tag for tag, _ in outline.tags} & {"script", "link", "img", "iframe", "object", "embed"}
    for _, attributes in outline.tags:
        assert not {"src", "href", "srcset", "xlink:href"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", page.partition("<body>")[2])
    assert "url(" not in page


def test_the_page_tells_who_was_flagged_and_why(page: str) -> None:
    text = Outline(page).text
    assert "shared_prompt: owners 4, key <b>0123&4567</b>" in text  # escaped: it is text, not a tag
    assert "<b>" not in page
    assert "Who was flagged by mistake" in text
    assert "b0" in text
    assert "ci-bot" in text
    for title in ("ROC near zero", "Exposure until the first alert", "Timeline of a", "Timeline of z"):
        assert title in text


def test_the_page_is_complete_without_times(tmp_path: Path) -> None:
    run, rows = two_campaigns(tmp_path)
    found, known = read_run(run), read_truth(rows)
    metrics = measure(found, known, None)
    text = Outline(report_page(metrics, targets_of(metrics), found, known, None)).text
    assert "estimated" in text
    assert "Timeline" not in text


def test_a_plot_places_points_where_they_belong() -> None:
    x = Axis("x", 1, 100, [(1, "1"), (100, "100")], log=True)
    y = Axis("y", 0, 1, even_ticks(0, 1, str, 2))
    svg = plot("t", x, y, [Series("s", [(1, 0), (10, 0.5), (100, 1)])], [Mark(10, "m")])
    path = svg.find("path").get("d")
    points = [tuple(map(float, pair.split())) for pair in re.findall(r"[ML]([\d. ]+)", path)]
    assert points[1][0] == pytest.approx((points[0][0] + points[2][0]) / 2, abs=0.2)
    assert points[0][1] > points[1][1] > points[2][1]  # SVG counts downwards


def test_points_outside_an_axis_are_drawn_at_its_end() -> None:
    axis = Axis("x", 0, 1, [])
    path = plot("t", axis, axis, [Series("s", [(-5, 2), (7, -1)], step=True)]).find("path").get("d")
    inside = plot("t", axis, axis, [Series("s", [(0, 1), (1, 0)], step=True)]).find("path").get("d")
    assert path == inside


def test_thinning_keeps_both_ends() -> None:
    points = [(float(n), float(n)) for n in range(10_000)]
    thin = thinned(points)
    assert len(thin) <= 401
    assert (thin[0], thin[-1]) == (points[0], points[-1])
    assert thinned(points[:10]) == points[:10]


@pytest.mark.parametrize(("share", "text"), [(0, "0.0%"), (0.954, "95.4%"), (0.00123, "0.123%"), (1, "100.0%")])
def test_percentages_keep_the_digits_of_small_rates(share: float, text: str) -> None:
    assert percent(share) == text


def test_alerts_speak_for_themselves() -> None:
    def alert(**evidence: object) -> AlertRow:
        return AlertRow(alert_id="1", ts=0, entity_type="campaign", entity_id="c", detection="SW-1", evidence=evidence)

    spoken = alert(summary="4 accounts", findings=[{"words": "Even load"}, {"words": "Shared prompt"}, {"p": 0.1}])
    assert reasons([spoken, spoken]) == ["Even load", "Shared prompt"]
    assert reasons([alert(owners=4, keys=["k"])]) == ["SW-1: owners 4"]
    assert reasons([alert()]) == ["SW-1"]
    assert list(alerts_by_entity([spoken])) == ["c"]
