"""Which groups are forgotten when the campaigns hold too many owners: those that show nothing, unseen for longest."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from models.campaign.book import GroupBook
from models.campaign.calibration import Calibration
from models.campaign.campaign import Campaign
from models.campaign.group import SHOWS_NOTHING, Group
from models.campaign.labels import Labels
from models.campaign.ordinary import OrdinaryWealth


def dispensable(
    groups: Iterable[Group], campaign_of: Callable[[Group], Campaign | None], labels: Labels, excess: int
) -> list[str]:
    """Return the ids of groups to forget so that `excess` rows of owners become free.

    Args:
        groups: All, in the order in which they were founded.
        campaign_of: Returns the campaign that a group is in, if any.
        labels: What they are about stays.
        excess: If less can be forgotten, less is.
    """
    dull = [one for one in groups if shows_nothing(one) and not _matters(one, campaign_of(one), labels)]
    gone: list[str] = []
    for group in sorted(dull, key=lambda one: one.touched):
        if excess <= 0:
            break
        gone.append(group.id)
        excess -= group.size
    return gone


def let_go(ids: list[str], book: GroupBook, calibration: Calibration, ordinary: OrdinaryWealth) -> None:
    """Forget groups wherever something is known of them."""
    if ids:
        book.forget(ids)
        calibration.forget_everywhere(ids)
        ordinary.let_go(ids)


def shows_nothing(group: Group) -> bool:
    """Whether a group was never worth a judgement, or brought no evidence at the last one."""
    return not group.looks or group.wealth < SHOWS_NOTHING


def _matters(group: Group, campaign: Campaign | None, labels: Labels) -> bool:
    """Whether a verdict rests on a group: it alerted, was cleared, has a label, or is a part of what did."""
    if group.id in labels.campaigns or not labels.links.keys().isdisjoint(group.links):
        return True
    return campaign is not None and (campaign.status != "watch" or campaign.groups != [group.id])
