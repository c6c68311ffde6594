"""The evidence on one campaign as a document fit to attach to a letter: figures, plots, and the queries behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from xml.etree.ElementTree import Element

from clickhouse_connect.driver.client import Client

from streams.analyst import figures
from streams.analyst.document import Block, Heading, Paragraph, Plot, Table, shown
from streams.analyst.figures import Answer, ask
from streams.evaluate.report.svg import Axis, Mark, Series, even_ticks, plot, thinned

MOST_MEMBERS = 1000


# Beyond this a factor says nothing more.
MOST_TIMES = 1_000_000
_NAMES = {
    "first_ts": "first exchange",
    "last_ts": "last exchange",
    "first_alert_ts": "first alert",
    "events": "exchanges",
    "events_at_first_alert": "exchanges before it",
    "wealth": "evidence",
    "threshold": "evidence that an alert needs",
}
_CONFIDENCE = (
    "Evidence is the odds against a benign group, over all findings; confidence is the least share of right ones among"
    " alerts on so much of it, at a provider with one campaign a month, and 0.85 or more where an analyst confirmed the"
    " campaign. Both are as good as what is known of benign groups here, so neither is proof: read the findings below,"
    " and look for what would clear them."
)


class UnknownCampaignError(RuntimeError):
    """The store knows no campaign of that id."""


def provenance(now: datetime, version: str) -> Paragraph:
    """Return what a document says of itself: from what, when and by what it was made."""
    return Paragraph(
        f"Written on {_moment(now)} UTC by Stillwatch {version} from the events stored then; all times are UTC. Prompts"
        " and answers are not stored: keyed sketches tell what is shared. The query behind each figure stands below it."
    )


def report(client: Client, campaign: str) -> tuple[str, list[Block]]:
    """Return the title and the blocks of the report.

    Args:
        client: Of the store.
        campaign: Id of a campaign.

    Raises:
        UnknownCampaignError: There is none.
    """
    summary = ask(client, figures.SUMMARY, campaign=campaign)
    if not summary.rows:
        raise UnknownCampaignError(
            f"there is no campaign {campaign!r} in the store; v_campaigns lists those that there are"
        )
    [facts] = summary.dicts()
    return f"Campaign {campaign}", list(_blocks(client, campaign, summary, facts))


def _blocks(client: Client, campaign: str, summary: Answer, facts: dict[str, Any]) -> Iterator[Block]:
    yield Paragraph(f"{facts['summary']}.")
    yield Paragraph(_standing(facts))
    stated = [(name, value) for name, value in facts.items() if value not in (None, "") and name != "summary"]
    yield Table(
        ("figure", "value"), [(_NAMES.get(name, _words(name)), _written(value)) for name, value in stated], summary.sql
    )
    yield Paragraph(_CONFIDENCE)
    yield Heading("Why")
    yield Paragraph(
        "Each number with its normal range, and how rarely a benign group measures as high. Between kinds of evidence"
        " the odds multiply; an alert needs two kinds."
    )
    yield table_of(ask(client, figures.WHY, campaign=campaign))
    yield Heading("What would clear it")
    yield table_of(ask(client, figures.CLEARED_BY, campaign=campaign))
    yield Heading("What happened")
    hours = ask(client, figures.HOURS, campaign=campaign)
    if len(hours.rows) > 1:
        yield Plot(_load(hours, facts["first_alert_ts"]), hours.sql)
    yield table_of(ask(client, figures.TIMELINE, campaign=campaign))
    growth = ask(client, figures.GROWTH, campaign=campaign)
    yield Heading("How it grew")
    if len(growth.rows) > 1:
        yield Plot(_growth(growth), growth.sql)
    yield table_of(growth)
    for title, sql, none in (
        ("Models", figures.MODELS, "No exchange of its members is stored."),
        ("Bans, and what followed", figures.BANS, "No member was banned."),
        ("What it took", figures.TAKE, "No exchange of its members is stored."),
        ("What holds it together", figures.LINKS, "No link is stored."),
        ("What analysts said", figures.LABELS, "Nothing yet."),
    ):
        answer = ask(client, sql, campaign=campaign)
        yield Heading(title)
        if sql == figures.TAKE and answer.rows:
            yield Paragraph(
                "All that its members were answered, other work of theirs included. The summary has fewer: it counts"
                " each member as of when it was last judged, which is at doublings of what it did. Cost is at the list"
                " prices of `model_prices`, and empty where those have none."
            )
        yield table_of(answer) if answer.rows else Paragraph(none)
    yield Heading("Members")
    yield Paragraph(
        f"By number, in order of joining; at most {MOST_MEMBERS:,} are listed. `sure` is the confidence of the campaign"
        " times the share of the account's exchanges that are on its links. Who they are is answered to whoever may ask"
        " the store, by:"
    )
    yield Table((), (), figures.filled(figures.WHO, {"campaign": campaign}))
    yield table_of(ask(client, figures.MEMBERS, campaign=campaign, limit=MOST_MEMBERS))


def _standing(facts: dict[str, Any]) -> str:
    said = f" An analyst found it to be {facts['verdict']}." if facts["verdict"] else ""
    if facts["first_alert_ts"] is None:
        return f"It has not alerted: it is on {facts['status']}.{said}"
    times = facts["wealth"] / facts["threshold"]
    stated = f"{times:,.0f}" if times <= MOST_TIMES else f"more than {MOST_TIMES:,}"
    return (
        f"First alert at {_moment(facts['first_alert_ts'])} UTC, after {facts['events_at_first_alert']:,} of"
        f" {facts['events']:,} exchanges; the evidence is {stated} times what the false-alarm budget asks for.{said}"
    )


def table_of(answer: Answer) -> Table:
    """Return an answer as a table, its times to the minute."""
    rows = [[_moment(value) if isinstance(value, datetime) else value for value in row] for row in answer.rows]
    return Table([_words(name) for name in answer.columns], rows, answer.sql)


def _load(hours: Answer, alert: datetime | None) -> Element:
    """Plot exchanges and active members by the hour."""
    begin, end = _seconds(hours.rows[0][0]), _seconds(hours.rows[-1][0]) + 3600
    series = []
    for place, label in ((2, "exchanges"), (1, "members")):
        highest = max(max(row[place] for row in hours.rows), 1)
        points = [(_seconds(row[0]), row[place] / highest) for row in hours.rows]
        series.append(Series(f"{label} (peak {highest:,}/h)", thinned(points), step=True))
    marks = [] if alert is None else [Mark(_seconds(alert), "first alert")]
    return plot("Load by the hour", _time_axis(begin, end), _share_axis("share of the peak"), series, marks)


def _growth(growth: Answer) -> Element:
    """Plot members and exchanges up to each day."""
    begin, end = _seconds(growth.rows[0][0]), _seconds(growth.rows[-1][0]) + 86_400
    total, so_far = max(sum(row[4] for row in growth.rows), 1), 0
    members, events = [(begin, 0.0)], [(begin, 0.0)]
    most = max(row[2] for row in growth.rows) or 1
    for row in growth.rows:
        so_far += row[4]
        members.append((_seconds(row[0]) + 86_400, row[2] / most))
        events.append((_seconds(row[0]) + 86_400, so_far / total))
    series = [Series(f"members (of {most:,})", members), Series(f"exchanges (of {total:,})", events)]
    return plot("Growth", _time_axis(begin, end), _share_axis("share"), series)


def _time_axis(begin: float, end: float) -> Axis:
    return Axis("", begin, end, even_ticks(begin, end, lambda at: f"{datetime.fromtimestamp(at, UTC):%d %b %H:%M}"))


def _share_axis(title: str) -> Axis:
    return Axis(title, 0, 1, even_ticks(0, 1, lambda value: f"{value:.0%}"))


def _seconds(moment: date) -> float:
    """Return epoch seconds of a date or of a time, which is UTC where it does not say."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _written(value: object) -> str:
    return _moment(value) if isinstance(value, datetime) else shown(value)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _words(name: str) -> str:
    return shown(name.replace("_", " "))
