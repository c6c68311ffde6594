"""What labels did, as rows of `label_effects`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.campaign.campaign import Campaign
from models.campaign.labels import Label, link_key
from models.links import stable_hash
from models.sighting import SIGHTING, Sightings
from streams.sinks.blocks import Columns
from streams.sources.labels import SaidLabel


@dataclass(frozen=True, slots=True)
class Written:
    """What was last written of a campaign: its status, empty for none, and its members (dtype `SIGHTING`)."""

    status: str = ""
    members: Sightings = field(default_factory=lambda: np.zeros(0, dtype=SIGHTING))

    def without(self, members: Sightings) -> Sightings:
        """Return who was a member and is not among `members`."""
        if np.array_equal(self.members["owner"]["account"], members["owner"]["account"]):
            return self.members[:0]  # as nearly always
        left: Sightings = self.members[~np.isin(self.members["owner"]["account"], members["owner"]["account"])]
        return left

    def has(self, account: int) -> bool:
        """Whether the account with this hash is a member."""
        return bool((self.members["owner"]["account"] == account).any())


@dataclass(frozen=True, slots=True)
class Change:
    """A campaign before and after some labels."""

    before: Written
    after: Written
    campaign: Campaign

    def is_by(self, label: Label) -> bool:
        """Whether `label` is about this campaign, one of its links, or who is or was a member."""
        if label.entity_type == "campaign":
            return label.entity_id == self.campaign.id
        if label.entity_type == "link":
            return link_key(label.entity_id) in dict(self.campaign.links)
        account = stable_hash(label.entity_id)
        return self.before.has(account) or self.after.has(account)


def effects_of(said: Sequence[SaidLabel], changes: Sequence[Change], now: int) -> Columns:
    """Return a row per label and campaign that it changed, or one without a campaign.

    Args:
        said: Labels with an id.
        changes: What all of them did together.
        now: Epoch milliseconds.
    """
    nothing: list[Change | None] = [None]
    found = [(one, change) for one in said for change in [c for c in changes if c.is_by(one.label)] or nothing]
    return {
        "label_id": [one.id for one, _ in found],
        "campaign_id": [change.campaign.id if change else "" for _, change in found],
        "entity_type": [one.label.entity_type for one, _ in found],
        "entity_id": [one.label.entity_id for one, _ in found],
        "verdict": [one.label.verdict or "" for one, _ in found],
        "analyst": [one.analyst for one, _ in found],
        "status_before": [change.before.status if change else "" for _, change in found],
        "status_after": [change.after.status if change else "" for _, change in found],
        "members_before": [len(change.before.members) if change else 0 for _, change in found],
        "members_after": [len(change.after.members) if change else 0 for _, change in found],
        "applied_at": [now] * len(found),
    }
