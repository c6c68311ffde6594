"""The links of a campaign as rows of `link_windows`: who shares each, as of one window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.campaign.campaign import Campaign
from models.link.link import dedication
from models.sighting import Sightings
from streams.sinks.blocks import Columns

HOUR_MS = 3_600_000


def of_links(campaign: Campaign, owners: Mapping[int, Sightings], window_ms: int) -> Columns:
    """Return `link_windows` columns, a row per link of a campaign.

    A row of a window is written again as the link grows; the one with the most exchanges holds.

    Args:
        campaign: As it is now.
        owners: Latest sighting of each owner (dtype `SIGHTING`), by link key; none is empty.
        window_ms: Length of a window.
    """
    start = campaign.last_ts - campaign.last_ts % window_ms
    rows = [_row(campaign, key, kind, owners[key], start) for key, kind in campaign.links if key in owners]
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def _row(campaign: Campaign, key: int, kind: str, owners: Sightings, start: int) -> dict[str, Any]:
    events = owners["link_events"].astype(np.int64)
    first = owners["link_first"]
    openings, requests = owners["owner"]["openings"], np.maximum(owners["owner"]["events"], 1)
    return {
        "link": f"{key:016x}".encode(),
        "kind": kind,
        "window_start": start,
        "owners": len(owners),
        "new_owners": int((first >= start).sum()),
        "events": int(events.sum()),
        "dedication": float(dedication(owners).mean()),
        "evenness": _evenness(events),
        "one_shot": float(np.minimum(openings / requests, 1.0).mean()),
        "age_hours": (campaign.last_ts - int(first.min())) / HOUR_MS,
        "evidence": float(np.log10(max(campaign.opinion.wealth, 1.0))),
        "campaign_id": campaign.id,
        "version": int(events.sum()),
    }


def _evenness(events: NDArray[np.int64]) -> float:
    """Return the entropy of who uses a link, over that of equal use; 0 for a single owner.

    >>> round(_evenness(np.array([5, 5])), 3), round(_evenness(np.array([9, 1])), 3), _evenness(np.array([4]))
    (1.0, 0.469, 0.0)
    """
    shares = events[events > 0] / max(events.sum(), 1)
    return float(-(shares * np.log(shares)).sum() / np.log(len(events))) if len(events) > 1 else 0.0
