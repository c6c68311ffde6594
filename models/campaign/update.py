"""What comes out of the campaign model."""

from __future__ import annotations

from dataclasses import dataclass

from models.campaign.campaign import Campaign


@dataclass(frozen=True, slots=True)
class Update:
    """What one message led to: campaigns that changed, that alert for the first time, and that made room for it."""

    changed: tuple[Campaign, ...] = ()
    alerts: tuple[Campaign, ...] = ()
    forgotten: tuple[Campaign, ...] = ()
