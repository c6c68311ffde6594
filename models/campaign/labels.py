"""What analysts found, as the campaign model holds it: the verdict in force on accounts, campaigns and links.

A label is about an id, not about an object: it may arrive before the campaign is known again (after a restart) and
holds once it is. Labels are read from ClickHouse when a worker starts, so they are no part of the models' state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeVar

import numpy as np

from models.account.row import CLEARED
from models.campaign.campaign import Campaign
from models.links import stable_hash
from models.sighting import Owners

EntityType = Literal["account", "campaign", "link"]
Verdict = Literal["distillation", "benign", "permitted"]
# Verdicts that clear what they are about.
CLEARING = ("benign", "permitted")
K = TypeVar("K", int, str)


@dataclass(frozen=True, slots=True)
class Label:
    """One thing that an analyst said.

    Attributes:
        entity_type: What it is about.
        entity_id: The `account_id`, the campaign's id, or the link key in hex.
        verdict: What it was found to be; None withdraws what was said before.
        ts: When it was said, epoch ms.
    """

    entity_type: EntityType
    entity_id: str
    verdict: Verdict | None
    ts: int


@dataclass(slots=True)
class Labels:
    """The verdicts in force.

    Attributes:
        accounts, campaigns, links: Verdict by account hash, by campaign id, and by link key.

    >>> labels = Labels()
    >>> labels.learn(Label("account", "a", "benign", ts=1)); labels.learn(Label("link", "00ff", "permitted", ts=1))
    >>> labels.clears_account(stable_hash("a")), labels.clears_link(0xff), labels.clears_link(1)
    (True, True, False)
    >>> labels.learn(Label("account", "a", None, ts=2)); labels.clears_account(stable_hash("a"))
    False
    """

    accounts: dict[int, Verdict] = field(default_factory=dict)
    campaigns: dict[str, Verdict] = field(default_factory=dict)
    links: dict[int, Verdict] = field(default_factory=dict)

    def learn(self, label: Label) -> None:
        """Take in a label. One of a link whose id is not a number in hex is about nothing, and is ignored."""
        if label.entity_type == "account":
            _put(self.accounts, stable_hash(label.entity_id), label.verdict)
        elif label.entity_type == "campaign":
            _put(self.campaigns, label.entity_id, label.verdict)
        elif (key := link_key(label.entity_id)) is not None:
            _put(self.links, key, label.verdict)

    def clears_account(self, account: int) -> bool:
        """Whether the account with this hash was found benign or permitted."""
        return _clears(self.accounts.get(account))

    def clears_link(self, key: int) -> bool:
        """Whether the link was found benign or permitted."""
        return _clears(self.links.get(key))

    def mark(self, owners: Owners) -> None:
        """Set the flag `CLEARED` of `owners` (dtype `OWNER`), in place, to what the labels say, whatever it was."""
        cleared = np.array([one for one, verdict in self.accounts.items() if _clears(verdict)], dtype=np.uint64)
        if not len(cleared):  # as where nobody is labelled: 2 us a message, where looking for nobody takes 7
            owners["flags"] &= ~np.uint32(CLEARED)
            return
        exempt = np.isin(owners["account"], cleared)
        owners["flags"] = np.where(exempt, owners["flags"] | np.uint32(CLEARED), owners["flags"] & ~np.uint32(CLEARED))

    def verdict_on(self, campaign: Campaign) -> Verdict | None:
        """Return the verdict on a campaign: its own label's, or `benign` when every link that holds it together is."""
        own = self.campaigns.get(campaign.id)
        if own is None and self.links and all(self.clears_link(key) for key, _ in campaign.links):
            return "benign"
        return own


def link_key(text: str) -> int | None:
    """Return the number behind 16 hex digits, or None when `text` is something else.

    >>> link_key("00000000000000ff"), link_key("zz")
    (255, None)
    """
    try:
        return int(text, 16)
    except ValueError:
        return None


def _clears(verdict: Verdict | None) -> bool:
    return verdict in CLEARING


def _put(known: dict[K, Verdict], key: K, verdict: Verdict | None) -> None:
    if verdict is None:
        known.pop(key, None)
    else:
        known[key] = verdict
