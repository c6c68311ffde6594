"""Writes the report: one HTML page with everything inside, readable without a network and without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from streams.evaluate.baselines.comparison import Comparison
from streams.evaluate.exposure import Times
from streams.evaluate.intervals import Estimate
from streams.evaluate.metrics import Metrics, flagged, risks
from streams.evaluate.records import Run, TruthRow
from streams.evaluate.report.comparison import HEADER, comparison_plot, comparison_rows
from streams.evaluate.report.evidence import alerts_by_entity, reasons
from streams.evaluate.report.plots import accounts_of, exposure_plot, roc_plot, timeline_plot
from streams.evaluate.targets import Target

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #222; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; } h3 { font-size: 1rem; }
table { border-collapse: collapse; margin: .6rem 0; } th, td { padding: .2rem .8rem .2rem 0; text-align: left; }
th { border-bottom: 1px solid #999; font-weight: 600; }
td { border-bottom: 1px solid #eee; vertical-align: top; white-space: pre-line; }
.plot { width: 100%; max-width: 50rem; } .plot text { font: 11px system-ui, sans-serif; }
.met { color: #23724a; } .missed { color: #b3261e; } .note { color: #666; } code { font-size: .9em; }
"""
_MOST_ROWS = 200


def report_page(
    metrics: Metrics,
    targets: Sequence[Target],
    run: Run,
    truth: Mapping[str, TruthRow],
    times: Mapping[str, Times] | None,
    compared: Comparison | None = None,
) -> str:
    """Return the page.

    Args:
        metrics: What was measured.
        targets: What was aimed at.
        run: What was found.
        truth: By account.
        times: Sorted times of each true campaign's exchanges; None = not known, and no plot over time.
        compared: Other detectors; None = not asked for.
    """
    html = Element("html", {"lang": "en"})
    head = SubElement(html, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"name": "viewport", "content": "width=device-width"})
    SubElement(head, "title").text = "Stillwatch evaluation"
    SubElement(head, "style").text = _STYLE
    body = SubElement(html, "body")
    SubElement(body, "h1").text = "Stillwatch evaluation"
    _summary(body, metrics, targets, run)
    _curves(body, metrics, run, truth, times)
    if compared is not None:
        _comparison(body, compared)
    _campaigns(body, metrics)
    _found(body, metrics, run)
    _false_positives(body, metrics, run, truth)
    _timelines(body, metrics, run, truth, times or {})
    return "<!DOCTYPE html>\n" + tostring(html, encoding="unicode", method="html")


def shown(estimate: Estimate) -> str:
    """Return an estimate in words: value, interval, counts."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "-"
    counts = f", {estimate.hits:,} of {estimate.total:,}" if estimate.total is not None else ""
    return f"{percent(estimate.value)} ({percent(estimate.low)} to {percent(estimate.high)}{counts})"


def percent(share: float) -> str:
    """Return a share in percent, with as many digits as small rates need."""
    return f"{share:.1%}" if share >= 0.1 or share == 0 else f"{share * 100:.3g} %".replace(" %", "%")


def _summary(body: Element, metrics: Metrics, targets: Sequence[Target], run: Run) -> None:
    told = ", ".join(f"{key} {value}" for key, value in run.summary.items())
    _note(body, f"{metrics.accounts:,} accounts. {told}")
    if metrics.unseen or metrics.unlabelled:
        _note(
            body,
            f"{metrics.unseen:,} accounts of the truth are not in the run and count as clear; {metrics.unlabelled:,}"
            " accounts of the run have no truth and count nowhere.",
        )
    rows = [(one.what, one.aim, one.seen, "met" if one.met else "missed") for one in targets]
    table = _table(body, ("what", "target", "measured", ""), rows)
    for row, target in zip(table.findall("tr")[1:], targets, strict=True):
        row.set("class", "met" if target.met else "missed")


def _curves(
    body: Element, metrics: Metrics, run: Run, truth: Mapping[str, TruthRow], times: Mapping[str, Times] | None
) -> None:
    campaign, benign = risks(run, truth)
    if len(campaign) and len(benign):
        SubElement(body, "h2").text = "Found against falsely flagged, whatever the threshold"
        sides = {"all campaigns": campaign}
        for name in list(accounts_of(truth))[:9]:
            sides[name] = risks(run, {a: row for a, row in truth.items() if row.campaign == name})[0]
        body.append(roc_plot(sides, benign))
        _note(body, f"Found by risk at 0.1 % false positives: {shown(metrics.tpr_at_low_fpr)}.")
    if times:
        SubElement(body, "h2").text = "Exposure"
        body.append(exposure_plot(metrics, times))


def _comparison(body: Element, compared: Comparison) -> None:
    SubElement(body, "h2").text = "Other detectors on the same traffic"
    body.append(comparison_plot(compared))
    _table(body, HEADER, comparison_rows(compared))
    _note(
        body,
        f"On {compared.accounts:,} sampled accounts, {compared.campaign_accounts:,} of them of campaigns. Baselines are"
        " calibrated on the benign accounts of the truth, which favours them.",
    )


def _campaigns(body: Element, metrics: Metrics) -> None:
    SubElement(body, "h2").text = "True campaigns"
    rows = []
    for name, actual in metrics.actual.items():
        passed = metrics.exposures[name]
        basis = "" if passed.exact else ", estimated"
        share = f"{percent(passed.value)} ({passed.before:,} of {passed.exchanges:,}{basis})"
        found = f"{actual.main or '-'} ({percent(actual.completeness)})"
        rows.append((name, f"{actual.accounts:,}", shown(metrics.recall_by_campaign[name]), found, share))
    _table(body, ("campaign", "accounts", "recall", "main found campaign (completeness)", "exposure"), rows)


def _found(body: Element, metrics: Metrics, run: Run) -> None:
    SubElement(body, "h2").text = "Found campaigns"
    alerts = alerts_by_entity(run.alerts)
    rows = []
    for one, row in zip(metrics.found, run.campaigns, strict=True):
        why = "\n".join(reasons(alerts.get(one.campaign_id, [])) or row.detections)
        benign = f"{one.benign:,}" if one.benign else ""
        rows.append((one.campaign_id, f"{len(row.members):,}", one.main or "none", percent(one.purity), benign, why))
    _table(body, ("id", "members", "mainly", "purity", "benign members", "why"), rows[:_MOST_ROWS])


def _false_positives(body: Element, metrics: Metrics, run: Run, truth: Mapping[str, TruthRow]) -> None:
    SubElement(body, "h2").text = "Benign accounts, by persona"
    rows = [(name, shown(one)) for name, one in metrics.false_positive_rate_by_persona.items()]
    _table(body, ("persona", "false-positive rate"), rows)
    if len(metrics.false_positive_rate_by_corpus) > 1:
        rows = [(name, shown(one)) for name, one in metrics.false_positive_rate_by_corpus.items()]
        _table(body, ("corpus", "false-positive rate"), rows)
    wrong = [a for a, row in truth.items() if row.label == "benign" and flagged(run, a)]
    if not wrong:
        return
    SubElement(body, "h3").text = "Who was flagged by mistake, and why"
    about = alerts_by_entity(run.alerts)
    listed = []
    for account in wrong[:_MOST_ROWS]:
        row = run.accounts[account]
        why = reasons([*about.get(account, []), *about.get(row.campaign_id or "", [])])
        listed.append((account, truth[account].persona or "", f"{row.risk:.3f}", row.campaign_id or "", "\n".join(why)))
    _table(body, ("account", "persona", "risk", "campaign", "why"), listed)
    if len(wrong) > _MOST_ROWS:
        _note(body, f"The first {_MOST_ROWS} of {len(wrong):,}.")


def _timelines(
    body: Element, metrics: Metrics, run: Run, truth: Mapping[str, TruthRow], times: Mapping[str, Times]
) -> None:
    accounts = accounts_of(truth)
    for name, some in times.items():
        if len(some):
            SubElement(body, "h2").text = f"Timeline: {name}"
            body.append(timeline_plot(name, some, accounts[name], run, metrics.actual[name].first_alert_ts))


def _table(body: Element, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Element:
    table = SubElement(body, "table")
    top = SubElement(table, "tr")
    for text in header:
        SubElement(top, "th").text = text
    for cells in rows:
        row = SubElement(table, "tr")
        for text in cells:
            SubElement(row, "td").text = text
    return table


def _note(body: Element, text: str) -> None:
    SubElement(body, "p", {"class": "note"}).text = text
