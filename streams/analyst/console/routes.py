"""The console over HTTP: pages on the port of the embedded store, for whom that admits.

A page of another origin can neither read here nor make a browser write: requests that come for one are refused
(`streams.store.access`), and a label needs a word that only a page of this process holds. Pages have no scripts, and
the browser is told to run none.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable
from xml.etree.ElementTree import Element

from aiohttp import web
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from streams.analyst.console import pages
from streams.analyst.console.asking import READ_ONLY, Asking
from streams.analyst.console.guard import guarded
from streams.analyst.console.page import ROOT, Said, account_link, campaign_link, label_form, page, sql_form
from streams.analyst.document import Block
from streams.analyst.report import UnknownCampaignError
from streams.store.access import Access
from streams.store.refusals import EngineError

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_INSERT = """INSERT INTO labels (entity_type, entity_id, verdict, analyst, note, withdrawn)
SELECT {entity_type:String}, {entity_id:String}, {verdict:String}, {analyst:String}, {note:String}, {withdrawn:Bool}"""
_FIRST = "SELECT campaign_id, status, risk, accounts, summary\nFROM v_campaigns\nORDER BY risk DESC\nLIMIT 20"
VERDICTS = ("benign", "permitted", "distillation", "withdrawn")


class Console:
    """The pages.

    Args:
        connect: Makes a client of the store; the console closes none: the store does.
        access: Who may see it; None: whoever is on this machine.
    """

    def __init__(self, connect: Callable[[], Client], access: Access | None = None) -> None:
        self._access = access or Access()
        self._store = Asking(connect)
        self._box = Asking(connect, READ_ONLY)
        self._token = secrets.token_urlsafe(24)

    def routes(self) -> list[web.RouteDef]:
        """Return what to serve."""
        pages = {
            "": self.overview,
            "/campaigns": self.campaigns,
            "/campaigns/{which}": self.campaign,
            "/accounts/{which}": self.account,
            "/sql": self.sql,
        }
        found = [web.get(ROOT + path, guarded(page, self._access, _refused)) for path, page in pages.items()]
        return [*found, web.post(f"{ROOT}/labels", guarded(self.label, self._access, _refused))]

    async def overview(self, request: web.Request) -> web.Response:
        """Show what is new, the campaigns, and what is not well."""
        del request
        return _shown("What is going on", await self._store.run(lambda client: list(pages.overview(client))))

    async def campaigns(self, request: web.Request) -> web.Response:
        """Show all campaigns."""
        del request
        return _shown("Campaigns", await self._store.run(lambda client: list(pages.campaigns(client))))

    async def campaign(self, request: web.Request) -> web.Response:
        """Show one campaign, and ask what it is."""
        which = request.match_info["which"]
        try:
            title, blocks = await self._store.run(lambda client: pages.campaign(client, which))
        except UnknownCampaignError as error:
            return _shown("Not found", [], Said(str(error), wrong=True), status=404)
        form = label_form("campaign", which, self._token)
        return _shown(title, [*blocks[:3], form, *blocks[3:]], _said(request))

    async def account(self, request: web.Request) -> web.Response:
        """Show one account, and ask what it is."""
        which = request.match_info["which"]
        blocks = await self._store.run(lambda client: list(pages.account(client, which)))
        return _shown(f"Account {which}", [label_form("account", which, self._token), *blocks], _said(request))

    async def sql(self, request: web.Request) -> web.Response:
        """Answer a question; nothing can be written here."""
        text = request.query.get("q", "")
        form = sql_form(text or _FIRST)
        if not text.strip():
            return _shown("SQL", [form])
        try:
            answer = await self._box.ask(text)
        except (ClickHouseError, EngineError) as error:
            return _shown("SQL", [form], Said(str(error).partition("\n")[0], wrong=True), status=400)
        return _shown("SQL", [form, pages.answered(answer)], Said(f"{len(answer.rows):,} rows"))

    async def label(self, request: web.Request) -> web.StreamResponse:
        """Write down what an analyst found, and go back to where it was said."""
        form = {name: str(value).strip() for name, value in (await request.post()).items()}
        if not hmac.compare_digest(form.get("token", "").encode(), self._token.encode()):
            return _shown(
                "Refused", [], Said("this form is not of this console: open the page again", wrong=True), status=403
            )
        entity, which, verdict = (form.get(name, "") for name in ("entity_type", "entity_id", "verdict"))
        if entity not in ("campaign", "account") or not which or verdict not in VERDICTS or not form.get("analyst"):
            wrong = f"a label has an entity, a verdict ({', '.join(VERDICTS)}) and an analyst"
            return _shown("Refused", [], Said(wrong, wrong=True), status=400)
        values = {
            "entity_type": entity,
            "entity_id": which,
            "verdict": "benign" if verdict == "withdrawn" else verdict,
            "analyst": form["analyst"][:500],
            "note": form.get("note", "")[:500],
            "withdrawn": verdict == "withdrawn",
        }
        await self._store.run(lambda client: client.command(_INSERT, parameters=values))
        link = campaign_link(which) if entity == "campaign" else account_link(which)
        raise web.HTTPSeeOther(f"{link.to}?said={verdict}")


def _refused(words: str, status: int) -> web.Response:
    return _shown("Refused", [], Said(words, wrong=True), status=status)


def _said(request: web.Request) -> Said | None:
    verdict = request.query.get("said")
    if verdict not in VERDICTS:
        return None
    return Said(f"Said: {verdict}. Workers take it in within seconds.")


def _shown(
    title: str, content: Iterable[Block | Element], said: Said | None = None, *, status: int = 200
) -> web.Response:
    return web.Response(text=page(title, content, said), content_type="text/html", status=status, headers=_HEADERS)
