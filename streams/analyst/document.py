"""A report as a list of blocks, written once as HTML and once as Markdown with its plots in files beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from streams.evaluate.report.svg import standing_alone

# A text of so many characters is not broken over lines: a time, an id, a status.
SHORT = 20
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 58rem; padding: 0 1rem; color: #222; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; margin: .6rem 0; } th, td { padding: .2rem .8rem .2rem 0; text-align: left; }
th { border-bottom: 1px solid #999; } td { border-bottom: 1px solid #eee; vertical-align: top; }
td.short, td.number { white-space: nowrap; } td.number { text-align: right; font-variant-numeric: tabular-nums; }
.plot { width: 100%; max-width: 50rem; } .plot text { font: 11px system-ui, sans-serif; }
details { color: #555; font-size: .85rem; } pre { background: #f6f6f6; padding: .6rem; overflow-x: auto; }
@media print { details { display: block; } h2 { break-after: avoid; } table, svg { break-inside: avoid; } }
"""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads to another page of the console."""

    text: str
    to: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and the query that its figures come from."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    sql: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """An SVG with a title, and the query that it is drawn from."""

    svg: Element
    sql: str = ""

    @property
    def title(self) -> str:
        """What it shows."""
        return self.svg.findtext("title", "")

    def file(self, stem: str) -> str:
        """Return the name of its file, where it stands beside a document.

        >>> svg = Element("svg"); SubElement(svg, "title").text = "Load by the hour"; Plot(svg).file("C-1")
        'C-1-load-by-the-hour.svg'
        """
        return f"{stem}-{self.title.lower().replace(' ', '-')}.svg"


Block = Heading | Paragraph | Table | Plot


def to_html(title: str, blocks: Iterable[Block]) -> str:
    """Return one page that needs nothing from outside: no scripts, no fonts, no images."""
    html = Element("html", {"lang": "en"})
    head = SubElement(html, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"name": "viewport", "content": "width=device-width"})
    SubElement(head, "title").text = title
    SubElement(head, "style").text = STYLE
    body = SubElement(html, "body")
    SubElement(body, "h1").text = title
    for block in blocks:
        append(body, block)
    return "<!DOCTYPE html>\n" + tostring(html, encoding="unicode", method="html")


def to_markdown(title: str, blocks: Sequence[Block], stem: str) -> dict[str, str]:
    """Return the same as Markdown and its plots as SVG: texts by the name of the file, `stem`.md and `stem`-PLOT.svg.

    Plots are linked by their names alone, so the files are to stay in one directory.
    """
    text = "\n\n".join([f"# {title}", *(_markdown(block, stem) for block in blocks)]) + "\n"
    plots = {block.file(stem): standing_alone(block.svg) for block in blocks if isinstance(block, Plot)}
    return {f"{stem}.md": text, **plots}


def shown(value: object) -> str:
    """Return a value as a person reads it.

    >>> shown(1234567), shown(0.123456), shown(None), shown(["a", "b"])
    ('1,234,567', '0.123', '', 'a, b')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(shown, value))
    return str(value)


def append(body: Element, block: Block) -> None:
    """Put a block at the end of an element of HTML."""
    if isinstance(block, Heading):
        SubElement(body, "h2").text = block.text
    elif isinstance(block, Paragraph):
        SubElement(body, "p").text = block.text
    elif isinstance(block, Plot):
        body.append(block.svg)
    else:
        _append_table(body, block)
    if isinstance(block, (Table, Plot)) and block.sql:
        details = SubElement(body, "details")
        SubElement(details, "summary").text = "the query behind it"
        SubElement(details, "pre").text = block.sql


def _append_table(body: Element, block: Table) -> None:
    table = SubElement(body, "table")
    top = SubElement(table, "tr")
    for name in block.columns:
        SubElement(top, "th").text = name
    for row in block.rows:
        line = SubElement(table, "tr")
        for value in row:
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            short = isinstance(value, str) and len(value) <= SHORT
            cell = SubElement(line, "td", {"class": "number" if number else "short"} if number or short else {})
            if isinstance(value, Link):
                cell = SubElement(cell, "a", {"href": value.to})
            cell.text = shown(value)


def _markdown(block: Block, stem: str) -> str:
    if isinstance(block, Heading):
        return f"## {block.text}"
    if isinstance(block, Paragraph):
        return _escaped(block.text)
    if isinstance(block, Plot):
        lines = [f"![{block.title}]({block.file(stem)})"]
    else:
        lines = ["| " + " | ".join(block.columns) + " |", "|" + "---|" * len(block.columns)] if block.columns else []
        lines += ["| " + " | ".join(_escaped(shown(value)) for value in row) + " |" for row in block.rows]
    query = [f"```sql\n{block.sql}\n```"] if block.sql else []
    return "\n\n".join(filter(None, ["\n".join(lines), *query]))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
