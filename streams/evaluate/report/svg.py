"""Small line and step plots as inline SVG: no scripts, no fonts, no references to anything outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log10
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

WIDTH, HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 150, 16, 40
COLOURS = ("#1b6ca8", "#c8553d", "#3d8361", "#7b4ea3", "#b08900", "#2f4858", "#d1495b", "#5b8e7d", "#8d5b4c", "#4a5759")

Point = tuple[float, float]


class Series(NamedTuple):
    """One line: its label, its points in order of x, and whether it holds its value until the next point."""

    label: str
    points: Sequence[Point]
    step: bool = False


class Mark(NamedTuple):
    """A vertical line at `x` with a label."""

    x: float
    label: str


class Axis(NamedTuple):
    """An axis: its title, its range, where ticks stand and how they read; logarithmic where `log`."""

    title: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    log: bool = False


def plot(title: str, x: Axis, y: Axis, series: Sequence[Series], marks: Sequence[Mark] = ()) -> Element:
    """Return an SVG element that shows `series`; the title is read out by screen readers."""
    svg = Element("svg", {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img", "class": "plot"})
    SubElement(svg, "title").text = title
    across = _scale(x, _LEFT, WIDTH - _RIGHT)
    up = _scale(y, HEIGHT - _BOTTOM, _TOP)
    _axes(svg, x, y, across, up)
    for number, one in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        path = _path(one, across, up)
        SubElement(svg, "path", {"d": path, "fill": "none", "stroke": colour, "stroke-width": "1.8"})
        _text(svg, one.label, WIDTH - _RIGHT + 8, _TOP + 12 + 15 * number, colour=colour)
    for mark in marks:
        at = f"{across(mark.x):.1f}"
        dashed = {"stroke": "#c0392b", "stroke-dasharray": "4 3"}
        SubElement(svg, "line", {"x1": at, "x2": at, "y1": str(_TOP), "y2": str(HEIGHT - _BOTTOM), **dashed})
        _text(svg, mark.label, across(mark.x) + 4, _TOP + 10, colour="#c0392b")
    return svg


def standing_alone(svg: Element) -> str:
    """Return a plot as the text of a file: with its size, its font, and white behind it."""
    size = {"width": str(WIDTH), "height": str(HEIGHT)}
    file = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, **svg.attrib})
    SubElement(file, "style").text = "text { font: 11px system-ui, sans-serif; }"
    SubElement(file, "rect", {**size, "fill": "#fff"})
    file.extend(svg)
    return tostring(file, encoding="unicode") + "\n"


def even_ticks(low: float, high: float, read: Callable[[float], str], n: int = 5) -> list[tuple[float, str]]:
    """Return `n` + 1 ticks at even distances."""
    return [(low + (high - low) * i / n, read(low + (high - low) * i / n)) for i in range(n + 1)]


def thinned(points: Sequence[Point], at_most: int = 400) -> list[Point]:
    """Return at most about that many of the points, always the first and the last: a screen shows no more."""
    if len(points) <= at_most:
        return list(points)
    stride = len(points) / at_most
    return [points[int(i * stride)] for i in range(at_most)] + [points[-1]]


def _scale(axis: Axis, start: float, end: float) -> Callable[[float], float]:
    def place(value: float) -> float:
        value = min(max(value, axis.low), axis.high)
        if axis.log:
            share = (log10(value) - log10(axis.low)) / (log10(axis.high) - log10(axis.low))
        else:
            share = (value - axis.low) / ((axis.high - axis.low) or 1.0)
        return start + share * (end - start)

    return place


def _path(series: Series, across: Callable[[float], float], up: Callable[[float], float]) -> str:
    steps: list[str] = []
    for x, y in series.points:
        at = f"{across(x):.1f}"
        if series.step and steps:
            steps.append(f"H{at}")
        steps.append(f"{'L' if steps else 'M'}{at} {up(y):.1f}")
    return "".join(steps) or "M0 0"


def _axes(svg: Element, x: Axis, y: Axis, across: Callable[[float], float], up: Callable[[float], float]) -> None:
    floor, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    for value, text in y.ticks:
        at = f"{up(value):.1f}"
        SubElement(svg, "line", {"x1": str(_LEFT), "x2": str(right), "y1": at, "y2": at, "stroke": "#e3e3e3"})
        _text(svg, text, _LEFT - 6, up(value) + 4, anchor="end")
    for value, text in x.ticks:
        _text(svg, text, across(value), floor + 16, anchor="middle")
    SubElement(svg, "line", {"x1": str(_LEFT), "x2": str(right), "y1": str(floor), "y2": str(floor), "stroke": "#777"})
    _text(svg, x.title, (_LEFT + right) / 2, HEIGHT - 6, anchor="middle")
    label = _text(svg, y.title, 0, 0, anchor="middle")
    label.set("transform", f"translate(12 {(_TOP + floor) / 2:.0f}) rotate(-90)")


def _text(svg: Element, text: str, x: float, y: float, *, anchor: str = "start", colour: str = "#444") -> Element:
    element = SubElement(svg, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "fill": colour})
    element.text = text
    return element
