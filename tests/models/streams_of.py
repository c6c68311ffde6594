"""Small streams of events with known structure, for tests of the models."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from models.event import Event, decode_event

START = 1_790_000_000_000
HOUR, DAY = 3_600_000, 86_400_000


class Maker:
    """Makes events from a seed; every field not asked for is as plain as the contract allows."""

    def __init__(self, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)

    def key(self) -> str:
        return self.rng.bytes(8).hex()

    def keys(self, n: int) -> list[str]:
        return [self.key() for _ in range(n)]

    def content(self, centre: np.ndarray, noise: float = 1.0) -> str:
        vector = centre + noise * self.rng.normal(size=64)
        scaled = np.clip(300 * vector / np.linalg.norm(vector), -127, 127)
        return b64encode(scaled.astype(np.int8).tobytes()).decode()

    def event(self, account: str, ts: float, **fields: object) -> Event:
        required = {
            "event_id": self.rng.bytes(8).hex(),
            "ts": int(ts),
            "account_id": account,
            "model": "m",
            "input_tokens": 100,
            "output_tokens": 100,
        }
        return decode_event(msgspec.json.encode(required | fields))

    def person(self, account: str, days: float, median_rate: float = 10.0, **fields: object) -> Iterator[Event]:
        """Someone who chats: sessions of several turns at their own hours, at a rate of their own."""
        wanted = self.rng.poisson(days * np.exp(self.rng.normal(np.log(median_rate), 1.2)))
        morning, interest = self.rng.integers(0, 24), self.rng.normal(size=64)
        while wanted > 0:
            turns = min(int(self.rng.geometric(0.3)), wanted)
            wanted -= turns
            ts = START + self.rng.integers(0, max(int(days), 1)) * DAY
            ts += ((morning + self.rng.normal(0, 3)) % 24) * HOUR
            session, opening = self.key(), self.keys(6)
            for turn in range(1, turns + 1):
                ts += 1000 * self.rng.lognormal(4.5, 1.0)
                extra = {"session_id": session, "turn": turn, "content": self.content(interest)}
                extra["templates"] = [*opening, *self.keys(6)]
                yield self.event(account, ts, **(extra | fields))

    def pool(self, accounts: Sequence[str], days: float, rate: float, **fields: object) -> Iterator[Event]:
        """A campaign: accounts that share a prompt and a rate, around the clock."""
        shared, topic = self.keys(8), self.rng.normal(size=64)
        for account in accounts:
            for _ in range(self.rng.poisson(days * rate)):
                ts = START + self.rng.random() * days * DAY
                extra: dict[str, object] = {
                    "templates": shared + self.keys(6),
                    "content": self.content(topic),
                }
                yield self.event(account, ts, **(extra | fields))

    def crowd(self, n: int, days: float) -> list[Event]:
        """`n` unrelated people."""
        return [one for i in range(n) for one in self.person(f"person-{i}", days)]


def in_order(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.ts)
