"""Which worker of a group gets which partitions.

* Partitions of one number stay together: the facts of an account come to the worker that has its events. For an app
  without tables, as this is, Faust's consumer deals partitions of all topics out in turn; with three workers they did
  not.
* The worker that has the topics of one partition gets fewer of the others. Evidence is one partition, whose work is a
  good part of the whole; dealt out evenly, its worker is full while the others wait for it.
* Partitions stay where they were as far as that goes, because their state has to be read again elsewhere.

One member of the group decides for all of it, by what each tells it that it had.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import orjson
from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata

# What the topics of one partition count for, as a share of all partitions of another topic: campaigns take about a
# third of what accounts and links take (docs/scaling.md).
WEIGHT = 1 / 3

Had = Mapping[str, Sequence[int]]


class WeighingAssignor:
    """An assignor as aiokafka wants it (`aiokafka.coordinator.assignors.abstract`); one for each consumer.

    Attributes:
        name: Members of a group agree on one that all of them know.
    """

    name = "stillwatch"
    version = 0

    def __init__(self) -> None:
        self._had: dict[str, list[int]] = {}

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """Return what this member tells the one that decides: its topics, and which partitions it had."""
        return ConsumerProtocolMemberMetadata(self.version, list(topics), orjson.dumps(self._had))

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        """Note what this member has now."""
        self._had = {topic: list(partitions) for topic, partitions in assignment.assignment}

    def assign(
        self, cluster: ClusterMetadata, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """Decide for all members of the group."""
        topics = {topic for one in members.values() for topic in one.subscription}
        partitions = {topic: len(cluster.partitions_for_topic(topic) or ()) for topic in topics}
        had: dict[str, Had] = {member: orjson.loads(one.user_data or b"{}") for member, one in members.items()}
        found = dealt({topic: many for topic, many in partitions.items() if many}, had)
        return {
            member: ConsumerProtocolMemberAssignment(self.version, sorted(found[member].items()), b"")
            for member in members
        }


def dealt(partitions: Mapping[str, int], had: Mapping[str, Had]) -> dict[str, dict[str, list[int]]]:
    """Return the partitions of each member by topic.

    Args:
        partitions: Of each topic.
        had: By member, what it had so far, if anything.

    >>> dealt({"events": 3, "facts": 3, "evidence": 1}, {"a": {}, "b": {}})["a"]
    {'evidence': [0], 'events': [0], 'facts': [0]}
    """
    found: dict[str, dict[str, list[int]]] = {member: {} for member in had}
    holder: str | None = None
    for many in sorted(set(partitions.values())):
        topics = sorted(topic for topic in partitions if partitions[topic] == many)
        before = {member: {number for topic in topics for number in one.get(topic, ())} for member, one in had.items()}
        shared = shared_out(many, before, holder)
        for member, numbers in shared.items():
            found[member] |= {topic: numbers for topic in topics if numbers}
        if many == 1:
            holder = next(member for member, numbers in shared.items() if numbers)
    return found


def shared_out(partitions: int, before: Mapping[str, set[int]], holder: str | None) -> dict[str, list[int]]:
    """Return the partitions of each member, every one once; a member keeps what it had as far as its share goes.

    Args:
        partitions: How many there are.
        before: What each member had, if anything; two members may both say of a partition that they had it.
        holder: Who has the topics of one partition.

    >>> shared_out(4, {"a": {0, 1, 2, 3}, "b": set()}, holder="a")
    {'a': [0], 'b': [1, 2, 3]}
    """
    left, kept = set(range(partitions)), {}
    shares = _shares(partitions, sorted(before, key=lambda member: (-len(before[member]), member)), holder)
    for member, share in shares.items():
        kept[member] = sorted(before[member] & left)[:share]
        left.difference_update(kept[member])
    rest = sorted(left)
    for member, share in shares.items():
        missing = share - len(kept[member])
        kept[member], rest = sorted(kept[member] + rest[:missing]), rest[missing:]
    return {member: kept[member] for member in before}


def fair_share(partitions: int, members: int) -> int:
    """Return how many of `partitions` the holder gets among so many members.

    >>> fair_share(4, 1), fair_share(4, 2), fair_share(16, 2), fair_share(16, 3), fair_share(16, 4)
    (4, 1, 5, 2, 0)
    """
    weight = WEIGHT * partitions
    return partitions if members == 1 else max(round((partitions + weight) / members - weight), 0)


def _shares(partitions: int, members: Sequence[str], holder: str | None) -> dict[str, int]:
    """Return how many each member gets; where it does not come out even, the first ones get one more."""
    shares = {} if holder is None else {holder: fair_share(partitions, len(members))}
    others = [member for member in members if member != holder]
    for at, member in enumerate(others):
        shares[member] = (partitions - sum(shares.values()) + len(others) - at - 1) // (len(others) - at)
    return shares
