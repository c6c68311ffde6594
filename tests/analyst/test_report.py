"""`stillwatch report` and `share` on a campaign that the pipeline found, and what comes back from another provider."""

import json
import re
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
import stix2
from click.testing import CliRunner, Result
from clickhouse_connect.driver.client import Client

from streams.cli.main import main
from tests.analyst.cookbook import connect, values
from tests.analyst.running import Running

pytestmark = pytest.mark.embedded
KEY = {"STILLWATCH_SKETCH_KEY": "a key that both providers have"}


def run(*arguments: object, **environ: str) -> Result:
    return CliRunner().invoke(main, [str(word) for word in arguments], env=environ)


@pytest.fixture(scope="module")
def client(stack: Running) -> Client:
    return connect(stack)


@pytest.fixture(scope="module")
def campaign(client: Client) -> str:
    return values(client)["campaign"]


@pytest.fixture(scope="module")
def members(client: Client, campaign: str) -> list[str]:
    sql = "SELECT account_id FROM v_members WHERE campaign_id = {campaign:String}"
    return [row[0] for row in client.query(sql, parameters={"campaign": campaign}).result_rows]


@pytest.fixture(scope="module")
def written(stack: Running, campaign: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report")
    assert run("report", campaign, "--store", stack.url, "--out", out).exit_code == 0
    return out


def test_the_report_is_one_page_that_needs_nothing_from_outside(written: Path, campaign: str) -> None:
    text = (written / f"{campaign}.html").read_text()
    assert not re.search(r"<script|<link|<img|https?://(?!www\.w3\.org)|url\(", text)
    page = fromstring(re.sub(r"<meta[^>]*>", "", text.partition("\n")[2]))
    assert len(page.findall(".//svg")) == 2
    headings = [one.text for one in page.findall(".//h2")]
    assert headings[:4] == ["Why", "What would clear it", "What happened", "How it grew"]
    assert {"Models", "Bans, and what followed", "What it took", "Members"} <= set(headings)


def test_the_report_says_what_it_is_and_what_its_figures_mean(written: Path, campaign: str) -> None:
    text = (written / f"{campaign}.md").read_text()
    opening = text.split("\n\n")[1]
    assert re.match(r"Written on 20\d\d-\d\d-\d\d \d\d:\d\d UTC by Stillwatch \d+\.\d+", opening)
    assert "neither is proof" in text
    confidence = re.search(r"\| confidence \| ([\d.]+) \|", text)
    assert confidence is not None
    assert float(confidence[1]) < 1, "nothing is certain"


def test_the_markdown_shows_the_plots_that_are_beside_it(written: Path, campaign: str) -> None:
    shown = re.findall(r"^!\[(.+)\]\((.+)\)$", (written / f"{campaign}.md").read_text(), re.MULTILINE)
    assert [title for title, _ in shown] == ["Load by the hour", "Growth"]
    assert {name for _, name in shown} == {file.name for file in written.glob("*.svg")}
    for title, name in shown:
        text = (written / name).read_text()
        assert not re.search(r"<script|<image|href|https?://(?!www\.w3\.org/2000/svg)|url\(", text)
        drawn = fromstring(text)
        assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
        assert drawn.findtext("{http://www.w3.org/2000/svg}title") == title
        assert len(drawn.findall("{http://www.w3.org/2000/svg}path")) == 2


def test_members_are_numbers_and_whoever_may_ask_learns_who_they_are(
    written: Path, campaign: str, members: list[str], client: Client
) -> None:
    for name in (f"{campaign}.html", f"{campaign}.md"):
        text = (written / name).read_text()
        assert f"M-{len(members):05}" in text
        assert not [account for account in members if account in text]
    queries = re.findall(r"```sql\n(.*?)\n```", (written / f"{campaign}.md").read_text(), re.DOTALL)
    assert len(queries) >= 10
    answers = [client.query(sql) for sql in queries]  # as they stand, values and all
    who = next(one for one in answers if one.column_names == ("member", "account_id"))
    assert sorted(account for _, account in who.result_rows) == sorted(members)


def test_a_campaign_that_nobody_knows_is_named(stack: Running, tmp_path: Path) -> None:
    for words in (("report", "C-none", "--out", tmp_path), ("share", "C-none")):
        result = run(*words, "--store", stack.url)
        assert (result.exit_code, "C-none" in result.output) == (1, True)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def bundle(stack: Running, campaign: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("share") / "bundle.json"
    result = run(
        "share", campaign, "--store", stack.url, "--out", file, "--producer", "Example AI", "--days", 30, **KEY
    )
    assert result.exit_code == 0, result.output
    return file


def test_the_bundle_is_stix_with_confidence_and_expiry(bundle: Path) -> None:
    parsed = stix2.parse(bundle.read_text(), allow_custom=False)
    indicators = [one for one in parsed.objects if one.type == "indicator"]
    assert len(indicators) >= 5
    for one in indicators:
        assert 0 < one.confidence <= 95
        assert (one.valid_until - one.valid_from).days == 30
    relations = {one.source_ref for one in parsed.objects if one.type == "relationship"}
    assert relations == {one.id for one in indicators}


def test_nothing_leaves_about_anybody(bundle: Path, members: list[str], campaign: str, client: Client) -> None:
    text = bundle.read_text()
    assert campaign not in text
    assert not [account for account in members if account in text]
    shared = re.findall(r"kind = '(\w+)' AND x-stillwatch-link:value = '(\w+)'", text)
    for kind, value in shared:
        condition = "has(templates, {value:String})" if kind == "template" else f"{kind} = {{value:String}}"
        sql = f"SELECT uniqExact(account_id) FROM api_events WHERE {condition} AND account_id IN {{m:Array(String)}}"
        [(accounts,)] = client.query(sql, parameters={"value": value, "m": members}).result_rows
        assert accounts >= 5, (kind, value)
    assert {kind for kind, _ in shared} >= {"template", "payment"}


def test_what_others_share_is_read_and_counts_for_the_models(stack: Running, bundle: Path, client: Client) -> None:
    result = run("ingest-indicators", bundle, "--store", stack.url, **KEY)
    assert result.exit_code == 0, result.output
    taken = int(result.output.split()[0])
    rows = client.query("SELECT source, campaigns FROM v_indicators").result_rows
    assert (len(rows), {source for source, _ in rows}) == (taken, {"Example AI"})
    assert any(campaigns for _, campaigns in rows)
    run("ingest-indicators", bundle, "--store", stack.url, **KEY)
    assert client.query("SELECT count() FROM v_indicators").result_rows == [(taken,)], "once, however often it is read"


def test_keys_made_with_another_sketch_key_are_left_out(stack: Running, bundle: Path) -> None:
    result = run("ingest-indicators", bundle, "--store", stack.url, STILLWATCH_SKETCH_KEY="another key of 16 bytes")
    assert result.output.startswith("0 indicators taken")
    assert "made with another sketch key" in result.output


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[1]", '{"type": "bundle"}', '{"type":"bundle","id":"bundle--1","objects":[{"type":"indicator"}]}'],
)
def test_what_is_no_bundle_is_refused(stack: Running, tmp_path: Path, text: str) -> None:
    file = tmp_path / "file.json"
    file.write_text(text)
    result = run("ingest-indicators", file, "--store", stack.url)
    assert result.exit_code == 1 or result.output.startswith("0 indicators taken"), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_foreign_patterns_and_expired_ones_are_counted_and_left_out(
    stack: Running, bundle: Path, tmp_path: Path
) -> None:
    content = json.loads(bundle.read_text())
    indicators = [one for one in content["objects"] if one["type"] == "indicator"]
    indicators[0]["pattern"] = "[ipv4-addr:value = '198.51.100.1']"
    indicators[1]["valid_from"], indicators[1]["valid_until"] = "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z"
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(content))
    output = run("ingest-indicators", file, "--store", stack.url).output
    assert "1 skipped: a pattern of another kind" in output
    assert "1 skipped: expired" in output
