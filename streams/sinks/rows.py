"""Models to ClickHouse rows: one function per table, each returning columns by name.

Times stay epoch milliseconds, hashes become hex; the store writer knows the column types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from models.account.bank import AccountBank
from models.campaign.campaign import Campaign
from models.campaign.judge import Opinion
from models.facts import AccountFacts
from models.sighting import Sightings, picked
from streams.sinks.measures import measures_of

Columns = dict[str, Sequence[Any] | NDArray[Any]]


def of_windows(closed: NDArray[np.void], bank: AccountBank, window_ms: int) -> Columns:
    """Return `account_windows` columns for windows that ended (dtype `CLOSED`)."""
    window, account = closed["window"], picked(bank.rows, closed["row"])
    orgs = bank.names_of(np.unique(account["org"]))
    counts = account["slots"]["count"] * (account["slots"]["kind"] == 1)
    top = counts.argmax(axis=1)
    keys = account["slots"]["key"][np.arange(len(top)), top]
    return {
        "account_id": [bank.names[row] for row in closed["row"].tolist()],
        "org_id": [orgs[org] for org in account["org"].tolist()],
        "window_start": window["start"],
        "window_seconds": np.full(len(closed), window_ms // 1000, dtype=np.uint32),
        "events": window["events"],
        "one_shot": window["openings"],
        "refused": window["refused"],
        "errors": window["errors"],
        "input_tokens": window["input_tokens"],
        "output_tokens": window["output_tokens"],
        "cached_tokens": window["cached_tokens"],
        "reasoning_tokens": window["reasoning_tokens"],
        "late": account["late"],
        "tools": window["tools"],
        "signals": window["signals"],
        "templates": np.count_nonzero(counts, axis=1).astype(np.uint16),
        "top_template": [f"{key:016x}" if key else "" for key in keys.tolist()],
        "top_template_share": np.minimum(counts.max(axis=1) / np.maximum(account["openings"], 1), 1.0),
        "ips": _distinct(window["ips"]),
        "clients": _distinct(window["clients"]),
        "models": _distinct(window["models"]),
        "log_gap_mean": account["gap_mean"],
        "log_gap_sd": np.sqrt(np.maximum(account["gap_square"] - account["gap_mean"] ** 2, 0.0)),
        "total_events": account["events"],
        "version": window["events"],
    }


def of_facts(facts: AccountFacts) -> Columns:
    """Return `account_facts` columns for one account's facts; what was not said is left to the table's defaults."""
    said = {name: getattr(facts, name) for name in AccountFacts.__struct_fields__}
    return {name: [value] for name, value in said.items() if value is not None}


def of_campaigns(campaigns: Sequence[Campaign], beyond: int = 0) -> Columns:
    """Return `campaigns` columns, with versions above `beyond`."""
    return _columns([_campaign(one) | {"version": beyond + one.version} for one in campaigns])


def of_members(
    campaign: Campaign, names: Mapping[int, str], members: Sightings, *, active: bool, beyond: int = 0
) -> Columns:
    """Return `campaign_members` columns.

    Args:
        campaign: As it is now.
        names: `account_id` by account hash.
        members: Dtype `SIGHTING`: its members, or who left it.
        active: Which of the two.
        beyond: Versions are above it.
    """
    n, owners = len(members), members["owner"]
    return {
        "campaign_id": [campaign.id] * n,
        "account_id": [names[account] for account in owners["account"].tolist()],
        "org_id": [names[org] for org in owners["org"].tolist()],
        "active": np.full(n, active, dtype=np.uint8),
        "risk": np.full(n, campaign.opinion.risk),
        "joined_ts": members["link_first"],
        "first_ts": owners["first"],
        "events": owners["events"],
        "link_events": members["link_events"],
        "via": [[f"{key:016x}"] for key in members["key"].tolist()],
        "measures": measures_of(owners),
        "version": np.full(n, beyond + campaign.version, dtype=np.uint64),
    }


def alert_of(campaign: Campaign) -> dict[str, Any]:
    """Return the alert of a campaign as contract section 5 has it, with the evidence in words and numbers."""
    opinion = campaign.opinion
    return {
        "alert_id": str(campaign.alert_id),
        "ts": campaign.first_alert_ts,
        "entity_type": "campaign",
        "entity_id": campaign.id,
        "campaign_id": campaign.id,
        "detection": opinion.findings[0].detection if opinion.findings else "label",
        "severity": _severity(campaign),
        "score": opinion.wealth,
        "confidence": opinion.confidence,
        "evidence": evidence_of(campaign),
    }


def of_alerts(alerts: Sequence[dict[str, Any]]) -> Columns:
    """Return `alerts` columns for alerts as `alert_of` makes them."""
    return _columns([alert | {"evidence": orjson.dumps(alert["evidence"]).decode()} for alert in alerts])


def evidence_of(campaign: Campaign) -> dict[str, Any]:
    """Return the evidence on a campaign as an object that a person can read."""
    opinion = campaign.opinion
    return {
        "summary": (
            f"{len(campaign.members)} unrelated accounts act as one:"
            f" {', '.join(finding.title.lower() for finding in opinion.findings[:3])}"
        ),
        "accounts": len(campaign.members),
        "wealth": opinion.wealth,
        "threshold": opinion.threshold,
        "confidence": opinion.confidence,
        "learnt_from_labels": opinion.learnt,
        "wealth_by_kind": {str(kind): wealth for kind, wealth in opinion.kinds.items()},
        "findings": [
            {
                "detection": finding.detection,
                "kind": str(finding.kind),
                "words": finding.measurement.words,
                "value": finding.measurement.value,
                "normal": list(finding.measurement.normal),
                "p": finding.measurement.p,
                "cleared_by": finding.cleared_by,
            }
            for finding in opinion.findings
        ],
        "links": [f"{kind}:{key:016x}" for key, kind in campaign.links[:20]],
        "verdict": campaign.verdict,
    }


def _campaign(campaign: Campaign) -> dict[str, Any]:
    owners = campaign.members["owner"]
    return {
        "campaign_id": campaign.id,
        "status": campaign.status,
        "risk": campaign.opinion.risk,
        "first_alert_ts": campaign.first_alert_ts,
        "first_ts": campaign.first_ts,
        "last_ts": campaign.last_ts,
        "accounts": len(campaign.members),
        "events": int(owners["events"].sum()),
        "events_at_first_alert": campaign.events_at_first_alert,
        "detections": _telling(campaign.opinion),
        "links": [f"{key:016x}" for key, _ in campaign.links],
        "evidence": orjson.dumps(evidence_of(campaign)).decode(),
        "merged_into": campaign.merged_into,
    }


def _telling(opinion: Opinion) -> list[str]:
    """Return the ids of the detections that speak for a campaign by themselves (p below 5 %)."""
    return [finding.detection for finding in opinion.findings if finding.counted and finding.measurement.p < 0.05]


def _severity(campaign: Campaign) -> str:
    """Grade by the size of what is taken: an operation of a thousand accounts harvests a hundred times one of ten."""
    for least, severity in ((1000, "critical"), (100, "high"), (20, "medium")):
        if len(campaign.members) >= least:
            return severity
    return "low"


def _columns(rows: Sequence[Mapping[str, Any]]) -> Columns:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _distinct(bitmaps: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """Estimate distinct things from 64-bit linear-counting bitmaps (Whang et al. 1990); full reads as 266."""
    zeros = 64.0 - np.bitwise_count(bitmaps)
    return np.round(-64.0 * np.log(np.maximum(zeros, 1.0) / 64.0)).astype(np.uint16)
