"""What labels teach: how campaigns and accounts look that analysts found to be distillation, and those they cleared.

Two learners, one of campaigns by what detections measured, one of single accounts by their rank among accounts at
large. Evidence is noted when labels are heard, of all that are in force, and the learners are fitted anew: a label that
is taken back is unlearnt, and the order of labels is no matter. `permitted` teaches nothing: an agreement has no looks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.campaign.campaign import Campaign
from models.campaign.judge import Opinion
from models.campaign.labels import Labels, Verdict
from models.campaign.learner import Example, Features, Learner
from models.links import stable_hash
from models.population import Reference
from models.ranks import midranks
from models.sighting import Owners
from models.unusual import FEATURES, features_of

# Examples of each sort that are kept, those with the smallest hashes: a uniform sample whatever the order.
KEPT = 256
TEACHING = ("distillation", "benign")
# An account's log-odds count for no more than this within its group, so that a few members do not decide for all.
MEMBER_SURE = 3.0
# Members that are scored, those with the smallest hashes.
SCORED = 64
# Standard scores beyond which a measurement teaches no more, and what makes all features about as large as each other.
FAR, HALF, THIRD, TYPICAL_SIZE = 4.0, 2.0, 3.0, 20.0


@dataclass(slots=True)
class Lessons:
    """What was learnt from all labels in force; without labels exactly nothing.

    >>> lessons = Lessons(); lessons.labels
    0
    """

    _campaigns: dict[str, Example] = field(default_factory=dict)
    _accounts: dict[int, Example] = field(default_factory=dict)
    _of_campaigns: Learner = field(default_factory=Learner)
    _of_accounts: Learner = field(default_factory=Learner)

    @property
    def labels(self) -> int:
        """Labels that teach."""
        return len(self._campaigns) + len(self._accounts)

    def study(self, labels: Labels, campaigns: Mapping[str, Campaign], owners: Owners, reference: Reference) -> None:
        """Note the evidence on everything that is labelled, and learn from it; what is unknown by now keeps its own.

        Args:
            labels: All in force.
            campaigns: By id.
            owners: Accounts on watched links; those labelled are looked for here and at large; dtype `OWNER`.
            reference: What accounts at large are like.
        """
        for name, verdict in labels.campaigns.items():
            if verdict in TEACHING and (known := campaigns.get(name)) is not None and known.opinion.findings:
                self._campaigns[name] = _example(stable_hash(name), campaign_features(known.opinion), verdict)
        self._forget_unlabelled(labels)
        taught = np.array([one for one, verdict in labels.accounts.items() if verdict in TEACHING], dtype=np.uint64)
        known_accounts = owners[:0]
        if len(taught):
            both = [some[np.isin(some["account"], taught)] for some in (owners, reference.owners)]
            known_accounts = _newest(np.concatenate(both))
        ranks = account_ranks(known_accounts, reference)
        for account, features in zip(known_accounts["account"].tolist(), _named(ranks), strict=True):
            self._accounts[account] = _example(account, features, labels.accounts[account])
        self._of_campaigns.fit(_kept(self._campaigns.values()))
        at_large = account_ranks(_some(reference.owners), reference) if self._accounts else ranks[:0]
        self._of_accounts.fit(_kept(self._accounts.values()), _named(at_large))

    def factor(self, opinion: Opinion, members: Owners, reference: Reference) -> float:
        """Return the betting factor on a group: 1 without labels, above it where it is like confirmed campaigns.

        What campaigns and what accounts taught are weighted by how much either is trusted; a geometric mean of fair
        bets is below their arithmetic one, so it is fair as well.
        """
        groups, accounts = self._of_campaigns, self._of_accounts
        trust = groups.trust + accounts.trust
        if trust == 0.0:
            return 1.0
        told = groups.trust * groups.log_factor(campaign_features(opinion)) if groups.trust else 0.0
        if accounts.trust and len(members):
            scores = accounts.log_odds_many(FEATURES, account_ranks(_some(members), reference))
            typical = float(np.mean(np.clip(scores, -MEMBER_SURE, MEMBER_SURE)))
            told += accounts.trust * accounts.shrunk(typical)
        return math.exp(told / trust)

    def _forget_unlabelled(self, labels: Labels) -> None:
        self._campaigns = {
            name: one._replace(distillation=labels.campaigns[name] == "distillation")
            for name, one in self._campaigns.items()
            if labels.campaigns.get(name) in TEACHING
        }
        self._accounts = {
            account: one._replace(distillation=labels.accounts[account] == "distillation")
            for account, one in self._accounts.items()
            if labels.accounts.get(account) in TEACHING
        }


def campaign_features(opinion: Opinion) -> dict[str, float]:
    """Return what was measured of a group, each about as large as a standard score; without what labels added."""
    counted = [one for one in opinion.findings if one.counted]
    features = {one.detection: min(max(one.measurement.z, -FAR), FAR) / HALF for one in counted}
    features |= {str(kind): math.log(max(wealth, 1e-9)) / THIRD for kind, wealth in opinion.kinds.items()}
    members = max((one.measurement.members for one in counted), default=1)
    return features | {"members": math.log(max(members, 1) / TYPICAL_SIZE)}


def account_ranks(owners: Owners, reference: Reference) -> NDArray[np.float64]:
    """Return the rank of each account among those at large in each of `models.unusual.FEATURES`, -1 to 1; (n, 10)."""
    if not len(owners) or not len(reference.owners):
        return np.zeros((len(owners), len(FEATURES)))
    normal = reference.derived("lessons", lambda everyone: np.sort(features_of(everyone), axis=0))
    values = features_of(owners)
    ranks = np.column_stack([midranks(values[:, at], normal[:, at]) for at in range(len(FEATURES))])
    return 2.0 * ranks - 1.0


def _named(ranks: NDArray[np.float64]) -> list[Features]:
    return [dict(zip(FEATURES, row, strict=True)) for row in ranks.tolist()]


def _example(order: int, features: Features, verdict: Verdict) -> Example:
    return Example(order, features, verdict == "distillation")


def _kept(examples: Iterable[Example]) -> list[Example]:
    return sorted(examples, key=lambda one: one.order)[:KEPT]


def _some(owners: Owners) -> Owners:
    some: Owners = owners[np.argsort(owners["account"], kind="stable")[:SCORED]]
    return some


def _newest(owners: Owners) -> Owners:
    """Return each account once, as of its latest request."""
    rows = owners[np.lexsort((-owners["events"].astype(np.int64), owners["account"]))]
    _, first = np.unique(rows["account"], return_index=True)
    newest: Owners = rows[first]
    return newest
