"""Traffic of many pools among many accounts, made up quickly: what a campaign or ten thousand of them cost.

Shipped scenarios have a dozen campaigns. Here are as many as asked for: each pool shares one prompt and its cards, and
asks as a queue does; everybody else has own prompts, cards, rates and hours. The words do not matter to the cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

HOUR_MS = 3_600_000
START = 1_790_000_000_000
OPERATOR = 0x9E3779B97F4A7C15  # makes a key of a number


@dataclass(frozen=True, slots=True)
class Pools:
    """What to make up.

    Args:
        pools: How many; `members` accounts each, that send `requests` each, an hour apart but for chance.
        others: Accounts of nobody's, that send `events` together.
        hours: Over which pools begin, evenly.
    """

    pools: int
    others: int
    events: int
    members: int = 16
    requests: int = 16
    hours: int = 72
    seed: int = 1

    def lines(self) -> list[bytes]:
        """Return the events in order of time."""
        rng = np.random.default_rng(self.seed)
        accounts, times = zip(self._of_pools(rng), self._of_others(rng), strict=True)
        account, ts = np.concatenate(accounts), np.concatenate(times)
        order = np.argsort(ts, kind="stable")
        return self.written(rng, account[order], ts[order])

    @property
    def crew(self) -> int:
        """How many accounts are of a pool; they have the lowest numbers, pool after pool."""
        return self.pools * self.members

    def pool_of(self, account_id: str) -> int | None:
        """Return the pool that an account is of."""
        number = int(account_id.removeprefix("account-"))
        return number // self.members if number < self.crew else None

    def template(self, pool: int) -> int:
        """Return the template key that a pool shares."""
        return (pool + 1) * OPERATOR % 2**64

    def _of_pools(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        begins = np.repeat(np.linspace(0, self.hours * HOUR_MS, self.pools), self.members * self.requests)
        turns = np.tile(np.arange(self.requests), self.crew)
        account = np.repeat(np.arange(self.crew), self.requests)
        return account, START + (begins + (turns + rng.uniform(0, 0.9, len(turns))) * HOUR_MS).astype(np.int64)

    def _of_others(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        weights = rng.lognormal(0.0, 1.2, self.others)
        account = rng.choice(self.others, self.events, p=weights / weights.sum())
        day = 24 * rng.integers(self.hours // 24 + 1, size=self.events)
        own_hour = rng.uniform(0, 24, self.others)[account]
        hours = day + (own_hour + rng.normal(0, 3.0, self.events)) % 24
        return self.crew + account, START + (hours * HOUR_MS).astype(np.int64)

    def written(
        self, rng: np.random.Generator, account: np.ndarray, ts: np.ndarray, *, shared: bool = False
    ) -> list[bytes]:
        """Return an event of each of `account` at times `ts`; with `shared`, all use one more template."""
        n, everybody = len(account), self.crew + self.others
        keys = rng.integers(0, 2**63, size=(n, 6), dtype=np.uint64)
        pool = account // self.members
        of_pool = account < self.crew
        keys[:, 0] = np.where(of_pool, pool + 1, account + self.pools + 1).astype(np.uint64) * np.uint64(OPERATOR)
        talkative = rng.normal(5.5, 1.0, everybody)
        output = np.exp(np.where(of_pool, 6.5, talkative[account]) + rng.normal(0, 0.4, n)).astype(np.int64)
        card = np.where(of_pool, pool * 1000 + account % 4, account)
        turn = np.where(of_pool, 1, rng.integers(1, 4, n))
        signals = np.where(of_pool, b',"signals":["task_generation"]', b"")
        if shared:
            keys[:, 1] = 7
        first = int(rng.integers(2**62))  # ids are of this call
        columns = (ts, account, output, account, card, account, turn, signals)
        return [
            b'{"event_id":"%016x","ts":%d,"account_id":"account-%07d","model":"atlas-4","input_tokens":812,'
            b'"output_tokens":%d,"org_id":"org-%07d","account_created":1780000000000,"client":"sdk-python/2.1",'
            b'"payment":"card-%07d","signup":"form-%07d","turn":%d,"latency_ms":1834.5,"stop_reason":"end_turn"%b,'
            b'"templates":["%016x","%016x","%016x","%016x","%016x","%016x"]}' % (first + at, *row, *some)
            for at, (row, some) in enumerate(
                zip(zip(*(one.tolist() for one in columns), strict=True), keys.tolist(), strict=True)
            )
        ]
