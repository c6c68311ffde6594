"""What a campaign explains: accounts that most of it has, and a network that its members share."""

from __future__ import annotations

from collections.abc import Set

from models.campaign.book import COMMON
from models.campaign.campaign import Campaign
from models.population import outside
from models.sighting import Sightings, picked


def is_part(accounts: set[int], other: Campaign, *, either: bool) -> bool:
    """Return whether most of `accounts` are in a campaign, or (`either`) most of that one's are in `accounts`."""
    theirs = other.accounts
    smaller = min(len(accounts), len(theirs)) if either else len(accounts)
    return len(accounts & theirs) >= COMMON * smaller


def unexplained(members: Sightings, suspects: Set[int]) -> Sightings:
    """Return the members of a network that are in no alerted campaign: of the others it says why they share it.

    Else people who happen to have a pool's handshake or address would be judged by what the pool does.
    """
    return picked(members, outside(members["owner"], suspects))
