"""The reference page of all detections, `docs/detections.md`: `python -m models.detections.page` prints it."""

from __future__ import annotations

import sys

from models.detections.catalogue import detections
from models.detections.detection import Detection

_HEAD = """# Detections

What can count against a campaign. This page is generated from `models/detections`, one file each: `make schema`.
Evidence of two different kinds is needed before a campaign alerts; an `experimental` detection is reported and gives no
evidence. What a detection must see and must leave alone is tried on groups of made-up accounts in its tests.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *map(_entry, detections())])


def _entry(detection: Detection) -> str:
    return (
        f"## {detection.id}: {detection.title}\n\n"
        f"{detection.sees}\n\n"
        f"- Evidence: {detection.kind.value}; {detection.status}\n"
        f"- Source: {detection.source}\n"
        f"- False positives: {detection.false_positives}\n"
        f"- Cleared by: {detection.cleared_by}\n"
        f"- What to do: {detection.runbook}\n"
        f"- Must see: {_samples(detection, fires=True)}\n"
        f"- Must leave alone: {_samples(detection, fires=False)}\n"
    )


def _samples(detection: Detection, *, fires: bool) -> str:
    return "; ".join(sample.what for sample in detection.samples if sample.fires is fires)


if __name__ == "__main__":
    sys.stdout.write(page())
