"""Why somebody was flagged, in the words of the alerts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from streams.evaluate.records import AlertRow


def alerts_by_entity(alerts: Iterable[AlertRow]) -> dict[str, list[AlertRow]]:
    """Return the alerts about each entity, in the order of the file."""
    found: dict[str, list[AlertRow]] = {}
    for alert in alerts:
        found.setdefault(alert.entity_id, []).append(alert)
    return found


def reasons(alerts: Sequence[AlertRow], most: int = 6) -> list[str]:
    """Return what the alerts say, each thing once.

    An alert whose evidence lists `findings` with `words` speaks for itself; of any other, its detection and the plain
    values of its evidence are named.
    """
    said = dict.fromkeys(text for alert in alerts for text in _said(alert))
    return list(said)[:most]


def _said(alert: AlertRow) -> Iterable[str]:
    findings = alert.evidence.get("findings")
    if isinstance(findings, list):
        spoken = [one["words"] for one in findings if isinstance(one, dict) and isinstance(one.get("words"), str)]
        if spoken:
            return spoken
    plain = {key: value for key, value in alert.evidence.items() if not isinstance(value, list | dict)}
    told = ", ".join(f"{key} {value}" for key, value in plain.items())
    return [f"{alert.detection}: {told}" if told else alert.detection]
