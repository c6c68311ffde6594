"""Which found campaign is which true one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from streams.evaluate.records import CampaignRow, TruthRow


class Found(msgspec.Struct, frozen=True):
    """A found campaign against the truth.

    Attributes:
        members: How many members have a known truth.
        main: True campaign of most of its members; None when no member belongs to any.
        purity: Share of its members that belong to `main`; 0 without one.
        benign: Members that are benign.
    """

    campaign_id: str
    members: int
    main: str | None
    purity: float
    benign: int
    first_alert_ts: int | None


class Actual(msgspec.Struct, frozen=True):
    """A true campaign against what was found.

    Attributes:
        accounts: How many accounts it has.
        main: Found campaign with most of its accounts; None when none has any.
        completeness: Share of its accounts inside `main`.
        found: Found campaigns whose main true campaign it is.
        first_alert_ts: The first alert of any of those.
    """

    campaign: str
    accounts: int
    main: str | None
    completeness: float
    found: list[str]
    first_alert_ts: int | None


def match_found(campaigns: Sequence[CampaignRow], truth: Mapping[str, TruthRow]) -> list[Found]:
    """Return each found campaign against the truth. Members without a truth are left out."""
    return [_found(campaign, truth) for campaign in campaigns]


def match_actual(
    campaigns: Sequence[CampaignRow], found: Sequence[Found], truth: Mapping[str, TruthRow]
) -> dict[str, Actual]:
    """Return each true campaign against what was found, by name."""
    sizes = Counter(row.campaign for row in truth.values() if row.campaign is not None)
    inside: dict[str, Counter[str]] = {name: Counter() for name in sizes}
    for campaign in campaigns:
        for member in campaign.members:
            row = truth.get(member)
            if row is not None and row.campaign is not None:
                inside[row.campaign][campaign.campaign_id] += 1
    return {name: _actual(name, sizes[name], inside[name], found) for name in sorted(sizes)}


def _found(campaign: CampaignRow, truth: Mapping[str, TruthRow]) -> Found:
    known = [truth[member] for member in campaign.members if member in truth]
    benign = sum(row.label == "benign" for row in known)
    ranked = Counter(row.campaign for row in known if row.campaign is not None).most_common(1)
    main, hits = ranked[0] if ranked else (None, 0)
    return Found(
        campaign.campaign_id, len(known), main, hits / len(known) if known else 0.0, benign, campaign.first_alert_ts
    )


def _actual(name: str, size: int, inside: Counter[str], found: Sequence[Found]) -> Actual:
    ranked = inside.most_common(1)
    main, hits = ranked[0] if ranked else (None, 0)
    mine = [one for one in found if one.main == name]
    alerts = [one.first_alert_ts for one in mine if one.first_alert_ts is not None]
    return Actual(name, size, main, hits / size, [one.campaign_id for one in mine], min(alerts, default=None))
