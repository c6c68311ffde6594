"""How soon the accounts that take over from banned ones are joined to the campaign that those were.

    python -m tests.quality.heirs pool-switch:0.3:278

An heir is an account of a campaign that sent its first exchange after the campaign's first ban. It is joined when the
campaign that alerted before the ban has it. Counted are exchanges of one heir, and of all heirs together, until then.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
import numpy as np
from rich.console import Console

from models.campaign.model import CampaignModel
from models.links import stable_hash
from streams.evaluate.records import TruthRow
from tests.quality.plan import Plan
from tests.quality.rehearsal import Accounts, Step, conclude
from tests.quality.stream import Stream

SLICE = 100  # of everybody's exchanges; what is joined is looked up after each


class _Sent(msgspec.Struct):
    account_id: str
    ts: int


class Heirs(NamedTuple):
    """What became of the heirs of a run.

    Attributes:
        joined: For each one that was joined, its exchanges until then, and those of all heirs together.
        count: How many there were.
        exchanges: All that they sent.
    """

    joined: dict[str, tuple[int, int]]
    count: int
    exchanges: int


def heirs_of(text: str) -> Heirs:
    """Run a plan with a ban in it."""
    stream, model = Stream(Plan.of(text, 51)), CampaignModel()
    watch = _Watch(stream, model)
    conclude(watch.steps(), model=model)
    return Heirs(watch.joined, len(watch.heirs), watch.of_heirs)


@dataclass(slots=True)
class _Watch:
    """Hands a stream on, and looks at what the campaigns have made of each part before it hands on the next."""

    stream: Stream
    model: CampaignModel
    heirs: set[str] = field(default_factory=set)
    joined: dict[str, tuple[int, int]] = field(default_factory=dict)
    of_heirs: int = 0
    _sent: Counter[str] = field(default_factory=Counter)
    _first: dict[str, int] = field(default_factory=dict)
    _truth: dict[str, TruthRow] = field(default_factory=dict)

    def steps(self) -> Iterator[Step]:
        accounts = Accounts(self.stream.facts)
        banned = {one.account_id: one.ts for one in self.stream.facts if one.status == "banned"}
        for lines in _cut(self.stream.slices()):
            batch = [msgspec.json.decode(line, type=_Sent) for line in lines]
            for one in batch:
                self._first.setdefault(one.account_id, one.ts)
            self._sent.update(one.account_id for one in batch)
            yield from accounts.steps([lines])
            if batch[-1].ts >= min(banned.values()):
                self._look(banned)

    def _look(self, banned: dict[str, int]) -> None:
        if not self._first.keys() <= self._truth.keys():
            self._truth = self.stream.truth()
        truth = self._truth
        pools = {row.campaign for name in banned if (row := truth.get(name)) is not None}
        bans = min((ts for name, ts in banned.items() if name in truth), default=1 << 62)
        self.heirs = {name for name, ts in self._first.items() if ts > bans and truth[name].campaign in pools - {None}}
        self.of_heirs = sum(self._sent[name] for name in self.heirs)
        alerted = (one for one in self.model.campaigns.values() if one.status == "alert")
        members = set().union(*(one.accounts for one in alerted if (one.first_alert_ts or 0) <= bans))
        for name in self.heirs - self.joined.keys():
            if stable_hash(name) in members:
                self.joined[name] = (self._sent[name], self.of_heirs)


def _cut(slices: Iterator[list[bytes]]) -> Iterator[list[bytes]]:
    for lines in slices:
        for start in range(0, len(lines), SLICE):
            yield lines[start : start + SLICE]


def main(text: str) -> None:
    """Run a plan and print what its heirs sent before they were joined."""
    joined, heirs, exchanges = heirs_of(text)
    console = Console()
    console.print(f"{text}: {len(joined)} of {heirs} heirs joined to what alerted before the ban")
    if joined:
        own = np.array([one for one, _ in joined.values()])
        every = sorted(all_of for _, all_of in joined.values())
        console.print(
            f"exchanges of an heir until then: median {np.median(own):.0f}, 95 % {np.quantile(own, 0.95):.0f}"
        )
        half = every[len(every) // 2]
        console.print(f"of all heirs together until the first: {every[0]:,}; until half: {half:,}; ever: {exchanges:,}")


if __name__ == "__main__":
    main(*sys.argv[1:])
