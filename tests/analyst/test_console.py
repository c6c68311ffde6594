"""The console of `stillwatch up`: every page answers, a label takes effect, and nothing foreign gets in."""

import http.client
import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import pytest
from clickhouse_connect.driver.client import Client

from tests.analyst.cookbook import connect, values
from tests.analyst.running import Running
from tests.streams.bus.waiting import until

pytestmark = pytest.mark.embedded
ROOT = "/console"


class Answer(NamedTuple):
    status: int
    text: str
    headers: http.client.HTTPMessage


@pytest.fixture(scope="module")
def client(stack: Running) -> Iterator[Client]:
    with connect(stack) as opened:
        yield opened


@pytest.fixture(scope="module")
def campaign(client: Client) -> str:
    return values(client)["campaign"]


def ask(stack: Running, path: str, form: dict[str, str] | None = None, **headers: str) -> Answer:
    parts = urlsplit(stack.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if form is not None:
        named["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request("GET" if form is None else "POST", path, urlencode(form) if form else None, named)
        response = connection.getresponse()
        return Answer(response.status, response.read().decode(), response.headers)
    finally:
        connection.close()


def token(stack: Running, campaign: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', ask(stack, f"{ROOT}/campaigns/{campaign}").text)
    assert found is not None
    return found[1]


def sort(path: str) -> str:
    return path.removeprefix(ROOT).strip("/").partition("/")[0]


def test_every_page_that_is_linked_answers(stack: Running, campaign: str) -> None:
    seen, todo = set[str](), [ROOT]
    while todo:
        path = todo.pop(0)
        if sum(sort(path) == sort(other) for other in seen) >= 3:
            continue
        answer = ask(stack, path)
        assert answer.status == 200, path
        assert "<script" not in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        seen.add(path)
        links = [unescape(link) for link in re.findall(r'href="([^"]+)"', answer.text)]
        assert all(link.startswith(ROOT) for link in links), path
        todo += sorted(set(links) - seen - set(todo))
    assert {sort(path) for path in seen} == {"", "campaigns", "accounts", "sql"}


def test_a_campaign_shows_why_and_its_members_by_name(stack: Running, campaign: str, client: Client) -> None:
    text = ask(stack, f"{ROOT}/campaigns/{campaign}").text
    assert text.count("<svg") == 2
    for heading in ("Why", "What would clear it", "How it grew", "What it took", "Members"):
        assert f"<h2>{heading}</h2>" in text
    assert f"/accounts/{values(client)['account']}" in text


def test_what_nobody_knows_is_not_found_and_is_escaped(stack: Running) -> None:
    answer = ask(stack, f"{ROOT}/campaigns/{quote('<b>x</b>', safe='')}")
    assert (answer.status, "<b>x" in answer.text, "&lt;b&gt;x" in answer.text) == (404, False, True)
    assert "<b>x" not in ask(stack, f"{ROOT}/accounts/{quote('<b>x', safe='')}").text


def test_the_box_answers_and_cannot_write(stack: Running, client: Client) -> None:
    answer = ask(stack, f"{ROOT}/sql?{urlencode({'q': 'SELECT 6 * 7 AS answer'})}")
    assert (answer.status, ">42<" in answer.text) == (200, True)
    for sql in ("INSERT INTO labels (entity_id) VALUES ('x')", "DROP TABLE labels", "SET readonly = 0", "SELEC"):
        assert ask(stack, f"{ROOT}/sql?{urlencode({'q': sql})}").status == 400, sql
    assert client.query("SELECT count() FROM labels WHERE entity_id = 'x'").result_rows == [(0,)]


def test_a_label_takes_effect_and_is_taken_back(stack: Running, client: Client) -> None:
    [(watched,)] = client.query("SELECT campaign_id FROM v_campaigns WHERE status = 'watch' LIMIT 1").result_rows
    form = {
        "token": token(stack, watched),
        "entity_type": "campaign",
        "entity_id": watched,
        "analyst": "kim",
        "note": "it's <b>",
    }
    said = ask(stack, f"{ROOT}/labels", form | {"verdict": "permitted"})
    assert (said.status, said.headers["Location"]) == (303, f"{ROOT}/campaigns/{watched}?said=permitted")
    status = f"SELECT status FROM v_campaigns WHERE campaign_id = '{watched}'"
    assert client.command(status) == "cleared"
    history = (
        f"SELECT verdict, analyst, note, applied_at IS NOT NULL FROM v_label_history WHERE entity_id = '{watched}'"
    )
    until(
        lambda: client.query(history).result_rows == [("permitted", "kim", "it's <b>", 1)],
        "the label is taken in",
        seconds=120,
    )
    assert "it's &lt;b&gt;" in ask(stack, f"{ROOT}/campaigns/{watched}").text
    ask(stack, f"{ROOT}/labels", form | {"verdict": "withdrawn"})
    assert client.command(status) == "watch"


@pytest.mark.parametrize(
    ("change", "status"),
    [({"token": "guessed"}, 403), ({"token": ""}, 403), ({"verdict": "guilty"}, 400), ({"analyst": ""}, 400)],
)
def test_a_form_that_is_not_ours_writes_nothing(stack: Running, client: Client, campaign: str, change, status) -> None:
    form = {"token": token(stack, campaign), "entity_type": "account", "entity_id": "nobody", "verdict": "benign"}
    assert ask(stack, f"{ROOT}/labels", form | {"analyst": "kim", "note": ""} | change).status == status
    assert client.query("SELECT count() FROM labels WHERE entity_id = 'nobody'").result_rows == [(0,)]


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://example.org"}, {"Sec_Fetch_Site": "cross-site"}, {"Host": "example.org"}],
)
def test_pages_of_other_origins_are_refused(stack: Running, campaign: str, headers: dict[str, str]) -> None:
    for path in (ROOT, f"{ROOT}/campaigns/{campaign}", f"{ROOT}/sql?q=SELECT+1"):
        assert ask(stack, path, **headers).status == 403
    assert ask(stack, f"{ROOT}/labels", {"token": token(stack, campaign)}, **headers).status == 403
