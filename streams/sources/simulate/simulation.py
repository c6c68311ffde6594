"""Runs a scenario: all populations, slice by slice, in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.sources.simulate.arrivals import DAY, FOREVER, HOUR, Arrivals, presence_of
from streams.sources.simulate.conversations import Conversations
from streams.sources.simulate.corpora import Corpora
from streams.sources.simulate.grammar import shipped_grammar
from streams.sources.simulate.identities import Accounts, draw_accounts
from streams.sources.simulate.networks import Networks
from streams.sources.simulate.prompts import Author
from streams.sources.simulate.rendering import Draft, Renderer
from streams.sources.simulate.replayed import replayed_gaps
from streams.sources.simulate.scenario import CORPUS, Ban, Population, Release, Scenario

_SLICE_EVENTS = 20_000  # a slice is sorted and sketched as a whole: large enough for batches, small enough for memory
_ADOPTION_SPREAD = 1.0


@dataclass(frozen=True, slots=True)
class _Group:
    """One population at work."""

    population: Population
    accounts: Accounts
    created: NDArray[np.int64]
    begin: NDArray[np.int64]
    arrivals: Arrivals
    conversations: Conversations
    renderer: Renderer


class Simulation:
    """A scenario at work: the same seed and scale give the same events.

    Args:
        scenario: What happens.
        scale: Multiplies the number of accounts, never their rates.
        seed: Of every draw.
        data: Folder below which `corpus:` and `replay_file` are looked for.
    """

    def __init__(self, scenario: Scenario, *, scale: float = 1.0, seed: int = 0, data: Path = Path()) -> None:
        self._scenario = scenario
        self._seed = seed
        self._data = data
        self._rng = np.random.default_rng([seed, 17])
        self._begin = int(scenario.start.timestamp() * 1000)
        self._end = self._begin + int(scenario.days * DAY)
        sizes = accounts_of(scenario, scale)
        self._networks = Networks(seed, sum(sizes.values()))
        self._corpora = Corpora(data, seed)
        self._groups = [self._group(one, sizes[one.name]) for one in scenario.population]
        self._bans = [fact for event in scenario.event if isinstance(event, Ban) for fact in self._ban(event)]

    @property
    def expected_events(self) -> int:
        """About how many events there will be, for progress."""
        return int(sum(self._expected_days(group) * group.arrivals.expected_per_day for group in self._groups)) + 1

    @property
    def open_conversations(self) -> int:
        """Conversations that are held in memory, with their text."""
        return sum(group.renderer.open_conversations for group in self._groups)

    def truth(self) -> Iterator[dict[str, Any]]:
        """Yield the truth about each account that sent anything so far (contract section 6).

        An account that never appeared cannot be judged; `corpus` says where the population's text came from.
        """
        for group in self._groups:
            campaign = group.population.campaign
            rest = {
                "label": "campaign" if campaign else "benign",
                "campaign": campaign,
                "persona": group.population.truth_persona,
                "corpus": corpus_of(group.population),
            }
            for account, sent in zip(group.accounts.ids, group.renderer.sent, strict=True):
                if sent:
                    yield {"account_id": account, **rest}

    def facts(self) -> list[dict[str, Any]]:
        """Return the account facts (contract section 2) in order of time."""
        known = [fact for group in self._groups for fact in self._known(group)]
        return sorted(known + self._bans, key=lambda fact: int(fact["ts"]))

    def slices(self) -> Iterator[list[Draft]]:
        """Yield the drafts of the whole scenario, each slice and all slices in order of time."""
        per_ms = self.expected_events / (self._end - self._begin)
        width = int(np.clip(_SLICE_EVENTS / per_ms, 30_000, HOUR))
        for begin in range(self._begin, self._end, width):
            end = min(begin + width, self._end)
            drafts = [
                draft for group in self._groups for draft in group.renderer.drafts(group.conversations.rows(begin, end))
            ]
            drafts.sort(key=attrgetter("ts"))
            yield self._with_duplicates(drafts)

    def _with_duplicates(self, drafts: list[Draft]) -> list[Draft]:
        """Return the drafts, some of them twice in a row: gateways deliver at least once."""
        share = self._scenario.duplicates
        if not share:
            return drafts
        again = self._rng.random(len(drafts)) < share
        return [draft for draft, twice in zip(drafts, again.tolist(), strict=True) for _ in range(1 + twice)]

    def _group(self, population: Population, n: int) -> _Group:
        rng = np.random.default_rng([self._seed, 11, *population.name.encode()])
        accounts = draw_accounts(population.identity, n, rng, self._networks, bare=self._scenario.bare)
        presence = presence_of(population.activity, accounts.org, self._begin, rng)
        created = self._created(population, accounts, presence.begin, rng)
        gaps = replayed_gaps(population.activity, self._data)
        arrivals = Arrivals(population.activity, n, self._begin, presence, rng, gaps)
        author = Author(
            population.name,
            population.prompts,
            accounts.org.tolist(),
            self._seed,
            shipped_grammar(),
            self._corpora,
        )
        moves = self._moves(population, n, rng)
        renderer = Renderer(population, accounts, self._networks, created, moves, author, self._seed)
        conversations = Conversations(population, arrivals, presence, rng)
        return _Group(population, accounts, created, presence.begin.copy(), arrivals, conversations, renderer)

    def _created(
        self, population: Population, accounts: Accounts, begin: NDArray[np.int64], rng: np.random.Generator
    ) -> NDArray[np.int64]:
        first = np.maximum(begin, self._begin)
        born = population.identity.born_days
        age = accounts.age_days if born is None else rng.random(len(accounts)) * born
        return np.asarray(first - 60_000 - (np.minimum(age, 1_200) * DAY).astype(np.int64))

    def _moves(self, population: Population, n: int, rng: np.random.Generator) -> list[tuple[str, NDArray[np.int64]]]:
        moves = []
        median = population.behaviour.adopt_hours
        for event in sorted((one for one in self._scenario.event if isinstance(one, Release)), key=attrgetter("day")):
            hours = rng.lognormal(0.0, _ADOPTION_SPREAD, n) * (median or 0.0)
            moved = self._begin + int(event.day * DAY) + (hours * HOUR).astype(np.int64)
            moves.append((event.model, moved if median else np.full(n, FOREVER, dtype=np.int64)))
        return moves

    def _ban(self, event: Ban) -> Iterator[dict[str, Any]]:
        group = next(one for one in self._groups if one.population.name == event.population)
        rng = np.random.default_rng([self._seed, 13, *event.population.encode(), int(event.day * 1000)])
        chosen = np.flatnonzero(rng.random(len(group.accounts)) < event.share)
        ts = self._begin + (event.day * DAY + rng.random(len(chosen)) * event.hours * HOUR).astype(np.int64)
        group.conversations.block(chosen, ts)
        for account, when in zip(chosen.tolist(), ts.tolist(), strict=True):
            known = self._special(group, account)
            yield {"account_id": group.accounts.ids[account], "ts": when, "status": "banned", **known}

    def _known(self, group: _Group) -> Iterator[dict[str, Any]]:
        """Yield what the provider's own systems say of a population's accounts when they first appear."""
        for account, name in enumerate(group.accounts.ids):
            special = self._special(group, account)
            if special:
                ts = max(self._begin, int(group.begin[account]))
                yield {"account_id": name, "ts": ts, "status": "active", **special}

    def _special(self, group: _Group, account: int) -> dict[str, Any]:
        """Return what is worth a fact; most accounts have none. A fact replaces the one before, so it says it all."""
        identity = group.population.identity
        special: dict[str, Any] = {}
        if group.accounts.verified[account]:
            special["verified"] = True
        if identity.permits:
            special["permits"] = list(identity.permits)
        if identity.reseller:
            special["reseller"] = True
        return special and special | {"created": int(group.created[account])}

    def _expected_days(self, group: _Group) -> float:
        """Return the days that an account of the group is present on average."""
        activity = group.population.activity
        stay = activity.stay_days or self._scenario.days
        left = max(self._scenario.days - activity.start_day - activity.join_days / 2, 0.01)
        return min(stay, left)


def accounts_of(scenario: Scenario, scale: float) -> dict[str, int]:
    """Return the number of accounts of each population at that scale, at least 1.

    Where `benign_ratio` is set, what the campaigns have times the ratio is shared out by `weight`.
    """
    scaled = {one.name: max(1, round(one.accounts * scale)) for one in scenario.population if one.accounts}
    campaign = sum(scaled[one.name] for one in scenario.population if one.campaign)
    fixed = sum(scaled[one.name] for one in scenario.population if one.accounts and not one.campaign)
    shared = [one for one in scenario.population if one.accounts is None]
    left = max(campaign * (scenario.benign_ratio or 0) - fixed, 0)
    total = sum(one.weight or 0 for one in shared)
    return scaled | {one.name: max(1, round(left * (one.weight or 0) / total)) for one in shared}


def corpus_of(population: Population) -> str:
    """Return the corpora that a population's bodies come from, or `grammar` where it writes its own."""
    files = sorted({one.body.removeprefix(CORPUS) for one in population.prompts if one.body.startswith(CORPUS)})
    return " ".join(files) or "grammar"
