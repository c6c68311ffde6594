"""What the outside is told: one operation, its members, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np

from models.campaign.group import Group
from models.campaign.judge import Opinion
from models.links import LinkKind
from models.sighting import Sightings, joined, picked

_NAMESPACE = uuid5(NAMESPACE_URL, "stillwatch/alert")


@dataclass(slots=True)
class Campaign:
    """One group or several, seen as one operation; `watch` until an alert is raised.

    Attributes:
        id: Of the group it began with.
        opinion: The latest while watched, the strongest once alerted.
        first_ts, last_ts: Of its exchanges, epoch ms.
        first_alert_ts: Epoch ms; None while watched only.
        events_at_first_alert: Exchanges of its members by then.
        merged_into: Id of the campaign that this one became part of.
        verdict: What an analyst found it to be: `distillation`, `benign` or `permitted`; None while nobody said.
        version: Grows with every change.
    """

    id: str
    opinion: Opinion
    first_ts: int
    last_ts: int = 0
    first_alert_ts: int | None = None
    events_at_first_alert: int | None = None
    merged_into: str | None = None
    verdict: str | None = None
    version: int = 0
    _members: dict[str, Sightings] = field(default_factory=dict)
    _links: dict[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    _all: Sightings | None = None  # what `members` answered last

    @property
    def alert_id(self) -> UUID:
        """The same for every replay of the same alert."""
        return uuid5(_NAMESPACE, self.id)

    @property
    def status(self) -> str:
        """`watch`, `alert`, `cleared` (by an analyst) or `merged`."""
        if self.merged_into is not None:
            return "merged"
        if self.verdict in ("benign", "permitted"):
            return "cleared"
        return "watch" if self.first_alert_ts is None else "alert"

    @property
    def members(self) -> Sightings:
        """One sighting per member, by account; dtype `SIGHTING`."""
        if self._all is None:
            rows = joined(list(self._members.values()))
            _, first = np.unique(rows["owner"]["account"], return_index=True)
            self._all = picked(rows, first)
        return self._all

    @property
    def accounts(self) -> set[int]:
        """Hashes of the members."""
        return {account for rows in self._members.values() for account in rows["owner"]["account"].tolist()}

    @property
    def links(self) -> list[tuple[int, str]]:
        """The links that hold it together: key and kind."""
        return sorted({link for links in self._links.values() for link in links})

    @property
    def only_network(self) -> bool:
        """Whether nothing but where requests come from holds it together."""
        return all(LinkKind[kind.upper()].is_network for _, kind in self.links)

    @property
    def instruments(self) -> set[int]:
        """Keys of the cards and registrations of its members."""
        owners = self.members["owner"]
        return (set(owners["payment"].tolist()) | set(owners["signup"].tolist())) - {0}

    @property
    def groups(self) -> list[str]:
        """Ids of its groups."""
        return list(self._members)

    def take(self, group: Group, members: Sightings, opinion: Opinion) -> None:
        """Write down what is now known of one of its groups."""
        if self.first_alert_ts is None or opinion.risk >= self.opinion.risk:
            self.opinion = opinion
        self._members[group.id], self._all = members, None
        self._links[group.id] = tuple((key, link.kind.name.lower()) for key, link in group.links.items())
        self.first_ts = min(self.first_ts, group.first_ts)
        self.last_ts = max(self.last_ts, int(members["owner"]["last"].max()))
        self.version += 1

    def retake(self, group: Group, members: Sightings) -> None:
        """Replace the members of one of its groups, on no new evidence."""
        self._members[group.id], self._all = members, None

    def absorb(self, other: Campaign) -> None:
        """Take over the groups of another campaign; the earlier alert stands."""
        self._members |= other._members
        self._all = None
        self._links |= other._links
        self.first_ts, self.last_ts = min(self.first_ts, other.first_ts), max(self.last_ts, other.last_ts)
        self.version += 1
        other.merged_into, other.version = self.id, other.version + 1

    def forgotten(self) -> int:
        """Return the version that says it is no more; one that comes back is newer."""
        self.version += 1
        return self.version
