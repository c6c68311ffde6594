"""Small runs whose metrics can be counted by hand."""

import json
from pathlib import Path
from typing import Any

HOUR = 3_600_000


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def account(name: str, verdict: str = "clear", risk: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"account_id": name, "risk": risk, "verdict": verdict, "campaign_id": None, "first_alert_ts": None, **more}


def campaign(name: str, members: list[str], **more: Any) -> dict[str, Any]:
    return {"campaign_id": name, "risk": 0.9, "members": members, "accounts": len(members), "detections": [], **more}


def truth(name: str, of: str | None = None, persona: str = "chat") -> dict[str, Any]:
    label = "benign" if of is None else "campaign"
    return {"account_id": name, "label": label, "campaign": of, "persona": persona if of is None else of}


def make_run(
    folder: Path,
    accounts: list[dict[str, Any]],
    campaigns: list[dict[str, Any]],
    alerts: list[dict[str, Any]] | None = None,
) -> Path:
    """Write the files of a run and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "accounts.ndjson", accounts)
    write(folder / "campaigns.ndjson", campaigns)
    write(folder / "alerts.ndjson", alerts or [])
    (folder / "summary.json").write_text(json.dumps({"events": 100, "version": "test"}))
    return folder


def two_campaigns(folder: Path) -> tuple[Path, Path]:
    """Write the example of the tests: its run folder and its truth.

    Campaign `a` has a0 to a3, of which three are flagged, all in c1, which also has the benign b0. Campaign `z` has
    z0 and z1; one is flagged, in c2. Of ten benign accounts, b0 is flagged. c1 alerts when 2 of 8 exchanges of `a`
    had passed, c2 never alerts.
    """
    accounts = [
        account("a0", "campaign", 0.9, first_alert_ts=2 * HOUR, events=2, campaign_id="c1"),
        account("a1", "campaign", 0.8, first_alert_ts=3 * HOUR, events=2, campaign_id="c1"),
        account("a2", "campaign", 0.7, first_alert_ts=3 * HOUR, events=2, campaign_id="c1"),
        account("a3", "suspect", 0.2, events=2),
        account("z0", "campaign", 0.95, events=1, campaign_id="c2"),
        account("z1", events=1),
        account("b0", "campaign", 0.75, first_alert_ts=3 * HOUR, events=4, campaign_id="c1"),
        *[account(f"b{number}", "suspect" if number == 1 else "clear", 0.01 * number) for number in range(1, 9)],
    ]
    campaigns = [
        campaign("c1", ["a0", "a1", "a2", "b0"], first_alert_ts=2 * HOUR, events_at_first_alert=3),
        campaign("c2", ["z0"]),
    ]
    evidence = {"owners": 4, "key": "<b>0123&4567</b>"}
    alerts = [
        {
            "alert_id": "1", "ts": 2 * HOUR, "entity_type": "campaign", "entity_id": "c1",
            "detection": "shared_prompt", "severity": "high", "score": 0.9, "evidence": evidence,
        }
    ]  # fmt: skip
    rows = [truth(f"a{number}", "a") for number in range(4)] + [truth("z0", "z"), truth("z1", "z")]
    rows += [truth("b0", persona="ci-bot"), *[truth(f"b{number}") for number in range(1, 10)]]
    write(folder / "truth.ndjson", rows)
    return make_run(folder / "run", accounts, campaigns, alerts), folder / "truth.ndjson"


def events(folder: Path) -> Path:
    """Write the exchanges behind the example, one of them twice."""
    rows = [
        {"event_id": f"{name}{number}", "ts": (index + 5 * number) * HOUR, "account_id": name}
        for index, name in enumerate(["a0", "a1", "a2", "a3"])
        for number in range(2)
    ]
    rows += [{"event_id": "z", "ts": HOUR, "account_id": "z0"}, rows[0]]
    write(folder / "events.ndjson", rows)
    return folder / "events.ndjson"
