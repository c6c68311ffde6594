"""What labels did, as rows of `label_effects`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from models.campaign.campaign import Campaign
from models.campaign.labels import Label, link_key
from models.links import stable_hash
from models.population import outside
from models.sighting import SIGHTING, Sightings, picked
from streams.agents.stored import Followed
from streams.agents.stored_members import Turned
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
        now = set(members["owner"]["account"].tolist())  # for some dozens a fraction of the time of `np.isin`
        return picked(self.members, outside(self.members["owner"], now))

    def differs_from(self, campaign: Campaign) -> bool:
        """Whether the campaign has another status or other members now."""
        now, then = (part["owner"]["account"] for part in (campaign.members, self.members))
        return self.status != campaign.status or set(now.tolist()) != set(then.tolist())

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


class Effect(NamedTuple):
    """What a label did to one campaign; of none, it did nothing."""

    campaign: str = ""
    status_before: str = ""
    status_after: str = ""
    members_before: int = 0
    members_after: int = 0


def effects_of(
    said: Sequence[SaidLabel],
    changes: Sequence[Change],
    stored: Mapping[str, Followed],
    turned: Sequence[Turned],
    now: int,
) -> Columns:
    """Return a row per label and campaign that it changed, or one without a campaign.

    Args:
        said: Labels with an id.
        changes: What all of them did together to the campaigns that this worker holds.
        stored: What those of campaigns did to others, which are in the store only.
        turned: What those of accounts did to those.
        now: Epoch milliseconds.
    """
    found = [(one, effect) for one in said for effect in _effects(one, changes, stored, turned) or [Effect()]]
    return {
        "label_id": [one.id for one, _ in found],
        "campaign_id": [effect.campaign for _, effect in found],
        "entity_type": [one.label.entity_type for one, _ in found],
        "entity_id": [one.label.entity_id for one, _ in found],
        "verdict": [one.label.verdict or "" for one, _ in found],
        "analyst": [one.analyst for one, _ in found],
        "status_before": [effect.status_before for _, effect in found],
        "status_after": [effect.status_after for _, effect in found],
        "members_before": [effect.members_before for _, effect in found],
        "members_after": [effect.members_after for _, effect in found],
        "applied_at": [now] * len(found),
    }


def _effects(
    one: SaidLabel, changes: Sequence[Change], stored: Mapping[str, Followed], turned: Sequence[Turned]
) -> list[Effect]:
    if not one.holds:
        return []
    if one.label.entity_type == "campaign" and (row := stored.get(one.label.entity_id)) is not None:
        return [Effect(one.label.entity_id, row.before, row.after, row.accounts, row.accounts)]
    followed = [
        Effect(row.campaign, row.status, row.status, row.before, row.after)
        for row in turned
        if (one.label.entity_type, one.label.entity_id) == ("account", row.account)
    ]
    there = {effect.campaign for effect in followed}
    return followed + [
        Effect(
            change.campaign.id,
            change.before.status,
            change.after.status,
            len(change.before.members),
            len(change.after.members),
        )
        for change in changes
        if change.campaign.id not in there and change.is_by(one.label)
    ]
