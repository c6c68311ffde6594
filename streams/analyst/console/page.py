"""The frame of a console page, and its forms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from streams.analyst.document import STYLE, Block, Link, append

ROOT = "/console"
_STYLE = (
    STYLE
    + """
body { max-width: 76rem; margin-top: 0; } nav { border-bottom: 1px solid #ccc; padding: .8rem 0; margin-bottom: 1rem; }
nav a { margin-right: 1.2rem; } a { color: #1b6ca8; text-decoration: none; } a:hover { text-decoration: underline; }
form { background: #f6f6f6; padding: .8rem; margin: .8rem 0; }
input, select, textarea, button { font: inherit; margin-right: .5rem; }
textarea { width: 100%; box-sizing: border-box; font-family: monospace; margin-bottom: .5rem; }
td a { white-space: nowrap; }
.error { color: #b3261e; white-space: pre-wrap; } .done { color: #23724a; }
"""
)


class Said(NamedTuple):
    """A line above the page: what went wrong, or what was done."""

    text: str
    wrong: bool = False


def page(title: str, content: Iterable[Block | Element], said: Said | None = None) -> str:
    """Return a page."""
    html = Element("html", {"lang": "en"})
    head = SubElement(html, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"name": "viewport", "content": "width=device-width"})
    SubElement(head, "title").text = f"{title} - Stillwatch"
    SubElement(head, "style").text = _STYLE
    body = SubElement(html, "body")
    nav = SubElement(body, "nav")
    for name, path in (("Stillwatch", ROOT), ("Campaigns", f"{ROOT}/campaigns"), ("SQL", f"{ROOT}/sql")):
        SubElement(nav, "a", {"href": path}).text = name
    SubElement(body, "h1").text = title
    if said is not None:
        SubElement(body, "p", {"class": "error" if said.wrong else "done"}).text = said.text
    for one in content:
        if isinstance(one, Element):
            body.append(one)
        else:
            append(body, one)
    return "<!DOCTYPE html>\n" + tostring(html, encoding="unicode", method="html")


def campaign_link(campaign: str) -> Link:
    """Return a cell that leads to a campaign."""
    return Link(campaign, f"{ROOT}/campaigns/{quote(campaign, safe='')}")


def account_link(account: str) -> Link:
    """Return a cell that leads to an account."""
    return Link(account, f"{ROOT}/accounts/{quote(account, safe='')}")


def label_form(entity_type: str, entity_id: str, token: str) -> Element:
    """Return the form that says what an analyst found.

    Args:
        entity_type: `campaign` or `account`.
        entity_id: Which one.
        token: Proves that the form came from this console.
    """
    form = Element("form", {"method": "post", "action": f"{ROOT}/labels"})
    for name, value in (("token", token), ("entity_type", entity_type), ("entity_id", entity_id)):
        SubElement(form, "input", {"type": "hidden", "name": name, "value": value})
    select = SubElement(form, "select", {"name": "verdict", "aria-label": "verdict"})
    for verdict in ("benign", "permitted", "distillation", "withdrawn"):
        SubElement(select, "option", {"value": verdict}).text = verdict
    for name, wide in (("analyst", "12"), ("note", "50")):
        SubElement(form, "input", {"name": name, "placeholder": name, "size": wide, "required": "", "maxlength": "500"})
    SubElement(form, "button").text = "Say so"
    return form


def sql_form(sql: str) -> Element:
    """Return the form that asks a question."""
    form = Element("form", {"method": "get", "action": f"{ROOT}/sql"})
    area = SubElement(form, "textarea", {"name": "q", "rows": "6", "aria-label": "SQL", "spellcheck": "false"})
    area.text = sql
    SubElement(form, "button").text = "Ask"
    return form
