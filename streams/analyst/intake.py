"""Another provider's bundle, read with suspicion: only our own kind of pattern, within bounds, and with an expiry."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from clickhouse_connect.driver.client import Client

from models.indicators import SHARED_KINDS
from streams.analyst.stix import load_stix2, read_pattern

MAX_BUNDLE_BYTES = 16 << 20
MAX_INDICATORS = 100_000
# An indicator without an expiry of its own, or with a far one, holds for this long.
LONGEST = timedelta(days=365)
COLUMNS = (
    "id",
    "source",
    "kind",
    "value",
    "campaign",
    "confidence",
    "valid_from",
    "valid_until",
    "revoked",
    "modified",
)


class BundleError(RuntimeError):
    """A file is no STIX 2.1 bundle."""


@dataclass(slots=True)
class Intake:
    """What was read of a bundle.

    Attributes:
        rows: For the table `indicators`, in the order of `COLUMNS`.
        skipped: Objects that were not taken, by the reason.
    """

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def read_bundle(raw: bytes, *, key: str | None, source: str | None, now: datetime) -> Intake:
    """Return the indicators in a bundle.

    Args:
        raw: The file.
        key: Id of this deployment's sketch key (`streams.analyst.stix.key_id`); what was made with another cannot
            match and is skipped. None: not known, nothing is skipped for it.
        source: Name of the provider; by default the bundle's identity.
        now: Indicators that have expired by then are skipped.

    Raises:
        BundleError: It is too long, not JSON, or not a valid bundle.
    """
    objects = _objects(raw)
    names = {one["id"]: str(one.get("name", ""))[:128] for one in objects if one["type"] in ("identity", "campaign")}
    pairs = [(one["source_ref"], one["target_ref"]) for one in objects if one["type"] == "relationship"]
    indicates = {indicator: names.get(campaign, "") for indicator, campaign in pairs}
    intake = Intake()
    for one in objects:
        if one["type"] != "indicator":
            continue
        reason, found = _judge(one, key, now)
        if found is None:
            intake.skipped[reason] += 1
            continue
        kind, value = found
        origin = source or names.get(one.get("created_by_ref", ""), "") or "unknown"
        begins, ends = _time(one["valid_from"]), _time(one.get("valid_until")) if one.get("valid_until") else None
        latest = now + LONGEST
        intake.rows.append(
            (
                one["id"], origin[:128], kind, value, indicates.get(one["id"], ""), int(one.get("confidence", 0)),
                begins, min(ends or latest, latest), bool(one.get("revoked", False)), _time(one["modified"]),
            )
        )  # fmt: skip
    return intake


def store(client: Client, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write what `read_bundle` returned."""
    if rows:
        client.insert("indicators", list(rows), column_names=COLUMNS)


def _objects(raw: bytes) -> list[dict[str, Any]]:
    if len(raw) > MAX_BUNDLE_BYTES:
        raise BundleError(f"the file has {len(raw):,} bytes: a bundle has at most {MAX_BUNDLE_BYTES:,}")
    stix2 = load_stix2()
    try:
        bundle = stix2.parse(raw.decode(), allow_custom=True)
        if bundle["type"] != "bundle":
            raise BundleError(f"the file holds a {bundle['type']}, not a bundle")
        objects: list[dict[str, Any]] = json.loads(bundle.serialize())["objects"]
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, RecursionError, stix2.exceptions.STIXError) as error:
        raise BundleError(f"the file is no STIX 2.1 bundle: {str(error)[:200]}") from error
    if len(objects) > 3 * MAX_INDICATORS:
        raise BundleError(f"the bundle has {len(objects):,} objects: at most {3 * MAX_INDICATORS:,} are read")
    return objects


def _judge(one: dict[str, Any], key: str | None, now: datetime) -> tuple[str, tuple[str, str] | None]:
    """Return why an indicator is not taken, or its kind and value."""
    found = read_pattern(str(one.get("pattern", ""))) if one.get("pattern_type") == "stix" else None
    if found is None:
        return "a pattern of another kind", None
    kind, value, made_with = found
    if kind not in SHARED_KINDS:
        return f"keys of kind {kind}", None
    if key and made_with and key != made_with:
        return "made with another sketch key", None
    if one.get("valid_until") and _time(one["valid_until"]) <= now:
        return "expired", None
    return "", (kind, value)


def _time(text: str | None) -> datetime:
    assert text is not None, "checked by stix2"
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
