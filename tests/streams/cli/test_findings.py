"""What `detect` and `demo` print: readable at 80 columns, whole where one copies it."""

from __future__ import annotations

import io
from pathlib import Path

import orjson
import pytest
from rich.console import Console

from streams.cli.findings import show_findings
from streams.stack.results import Summary

CAMPAIGN = "C-000713a8e34dbbac"
SUMMARY = Summary(
    events=12_345_678, duplicates=50, dead_letters=0, accounts=2_493_000, campaigns=1, alerts=1, late=0, seconds=17.9,
    events_per_second=4843.0, version="1",
)  # fmt: skip
FOUND = {
    "campaign_id": CAMPAIGN, "risk": 0.73, "first_alert_ts": 1_790_000_000_000, "first_ts": 1_789_000_000_000,
    "last_ts": 1_791_000_000_000, "accounts": 24_000, "events": 1_271_400, "events_at_first_alert": 98_200,
    "detections": ["SW-L01"], "members": [],
}  # fmt: skip
ALERT = {
    "alert_id": "a", "ts": 1_790_000_000_000, "entity_type": "campaign", "entity_id": CAMPAIGN, "detection": "SW-L01",
    "severity": "high", "score": 1.0, "confidence": 0.98,
    "evidence": {
        "summary": "128 unrelated accounts act as one", "wealth": 95_786.0, "threshold": 1_710.0,
        "findings": [
            {"detection": "SW-L01", "kind": "coordination", "words": "Even load: " + "a b c d e f g " * 20, "p": 7e-10},
            {"detection": "SW-C03", "kind": "content", "words": "not worth a line", "p": 0.5},
        ],
    },
}  # fmt: skip


def shown(folder: Path, *, width: int, found: bool = True, terminal: bool = False) -> str:
    (folder / "campaigns.ndjson").write_bytes(orjson.dumps(FOUND) if found else b"")
    (folder / "alerts.ndjson").write_bytes(orjson.dumps(ALERT) if found else b"")
    out = io.StringIO()
    show_findings(Console(file=out, width=width, force_terminal=terminal), folder, SUMMARY)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 200])
def test_ids_are_whole_and_tables_fit(tmp_path: Path, width: int):
    text = shown(tmp_path, width=width)
    tables, _, queries = text.partition("Look further:")
    assert max(map(len, tables.splitlines())) <= width
    assert f"│ {CAMPAIGN} │" in tables
    assert "…" not in tables
    assert f"campaign_id = '{CAMPAIGN}' LIMIT 10" in queries  # not wrapped, for it is what one copies
    assert "not worth a line" not in text


def test_colours_are_for_terminals(tmp_path: Path):
    assert "\x1b" not in shown(tmp_path, width=80)
    assert "\x1b[" in shown(tmp_path, width=80, terminal=True)


def test_nothing_found_is_said(tmp_path: Path):
    text = shown(tmp_path, width=80, found=False)
    assert "No campaign was found." in text
    assert "SELECT * FROM v_campaigns" in text
