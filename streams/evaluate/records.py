"""What is compared: the truth, and what `stillwatch detect` wrote (contract sections 5 and 6), read and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

Risk = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class EvaluationError(ValueError):
    """The run or the truth cannot be used; the message names the file, the line and what is wrong."""


class TruthRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one account really was. `corpus` (optional) names where its prompts came from."""

    account_id: str
    label: Literal["benign", "campaign"]
    campaign: str | None = None
    persona: str | None = None
    corpus: str | None = None


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """What was concluded about one account; times are epoch milliseconds."""

    account_id: str
    risk: Risk
    verdict: Literal["campaign", "suspect", "clear"]
    campaign_id: str | None = None
    first_alert_ts: int | None = None
    events: Count = 0
    events_at_first_alert: Count | None = None


class CampaignRow(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign that was found."""

    campaign_id: str
    risk: Risk
    first_alert_ts: int | None = None
    first_ts: int | None = None
    last_ts: int | None = None
    accounts: Count = 0
    events: Count = 0
    events_at_first_alert: Count | None = None
    detections: list[str] = []
    members: list[str] = []


class AlertRow(msgspec.Struct, frozen=True, kw_only=True):
    """One alert."""

    alert_id: str
    ts: int
    entity_type: str
    entity_id: str
    detection: str
    severity: str = ""
    score: float = 0.0
    evidence: dict[str, Any] = {}


class Run(msgspec.Struct, frozen=True):
    """Everything in a run's folder.

    Attributes:
        accounts: By account id.
        campaigns, alerts: In the order of the files.
        summary: As it is.
        store: The ClickHouse directory, where there is one.
    """

    accounts: dict[str, AccountRow]
    campaigns: list[CampaignRow]
    alerts: list[AlertRow]
    summary: dict[str, Any]
    store: Path | None


Row = TypeVar("Row", TruthRow, AccountRow, CampaignRow, AlertRow)


def read_run(folder: Path) -> Run:
    """Return what `detect --out FOLDER` wrote.

    Raises:
        EvaluationError: A file is missing or a line does not fit.
    """
    if not folder.is_dir():
        raise EvaluationError(f"--run {folder}: no such folder; give the one that `stillwatch detect --out` wrote")
    summary = folder / "summary.json"
    try:
        described = msgspec.json.decode(summary.read_bytes(), type=dict[str, Any]) if summary.is_file() else {}
    except msgspec.MsgspecError as error:
        raise EvaluationError(f"{summary}: {error}") from error
    store = folder / "store"
    return Run(
        accounts=by_account(_read_rows(folder / "accounts.ndjson", AccountRow), folder / "accounts.ndjson"),
        campaigns=_read_rows(folder / "campaigns.ndjson", CampaignRow),
        alerts=_read_rows(folder / "alerts.ndjson", AlertRow),
        summary=described,
        store=store if store.is_dir() else None,
    )


def read_truth(path: Path) -> dict[str, TruthRow]:
    """Return the truth by account id.

    Raises:
        EvaluationError: The file is missing or empty, a line does not fit, or an account is there twice.
    """
    rows = _read_rows(path, TruthRow)
    if not rows:
        raise EvaluationError(f"{path}: no account in it")
    for number, row in enumerate(rows, 1):
        if (row.label == "campaign") != (row.campaign is not None):
            raise EvaluationError(
                f"{path}, line {number}: label {row.label!r} and campaign {row.campaign!r} do not go together;"
                " campaign is null exactly for benign accounts"
            )
    return by_account(rows, path)


Keyed = TypeVar("Keyed", TruthRow, AccountRow)


def by_account(rows: list[Keyed], path: Path) -> dict[str, Keyed]:
    """Return `rows` by account id.

    Raises:
        EvaluationError: An account is there twice.
    """
    found: dict[str, Keyed] = {}
    for number, row in enumerate(rows, 1):
        if row.account_id in found:
            raise EvaluationError(f"{path}, line {number}: account_id {row.account_id!r} is there a second time")
        found[row.account_id] = row
    return found


def _read_rows(path: Path, kind: type[Row]) -> list[Row]:
    if not path.is_file():
        raise EvaluationError(f"{path}: no such file")
    decoder = msgspec.json.Decoder(kind)
    rows: list[Row] = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                rows.append(decoder.decode(line))
            except msgspec.MsgspecError as error:
                raise EvaluationError(f"{path}, line {number}: {error}") from error
    return rows
